import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "@dingi/base";
import {
  believing,
  jwtOf,
  startAuthenticationBench,
  type AuthenticationBench,
} from "../../testing/authentication-bench.ts";
import type { TestIssuer } from "../../testing/test-issuer.ts";
import { SIGNING_ALGORITHMS } from "../jwt/verify-signature.ts";

const HEAD = { apiVersion: "apiserver.config.k8s.io/v1", kind: "AuthenticationConfiguration" };
const named = (prefix: string) => ({ claimMappings: { username: { claim: "sub", prefix } } });

/** A server that follows a file, which is `state.text`. */
async function startWithFile() {
  const state = { text: "", reads: 0 };
  const bench = await startAuthenticationBench({
    authentication(issuer) {
      state.text = textOf(issuer, named("a:"));
      const { configuration } = believing(jwtOf(issuer, named("a:")));
      const read = () => {
        state.reads++;
        return Promise.resolve(state.text);
      };
      const file = { path: "/etc/authentication.yml", text: state.text, read };
      return { configuration, file, anonymous: { enabled: true }, algorithms: SIGNING_ALGORITHMS };
    },
  });
  return Object.assign(bench, { state });
}

const textOf = (issuer: TestIssuer, more: object, anonymous?: object): string =>
  JSON.stringify({ ...HEAD, jwt: [jwtOf(issuer, more)], ...(anonymous ? { anonymous } : {}) });

async function nameOf(bench: AuthenticationBench): Promise<unknown> {
  const user = await bench.whoIs(bench.issuer.token());
  return typeof user === "number" ? user : user.username;
}

async function counts(bench: AuthenticationBench): Promise<string[]> {
  const { text } = await bench.api.send({ url: "/metrics" });
  const name = "apiserver_authentication_config_controller_automatic_reloads_total";
  return text
    .split("\n")
    .filter((line) => line.startsWith(name))
    .map((line) => line.slice(name.length));
}

test("a configuration that changes is followed, and one that is wrong is not", async () => {
  await using bench = await startWithFile();
  const { issuer, state, clock } = bench;
  await bench.believes(issuer.token());
  assert.equal(await nameOf(bench), "a:ada");

  state.text = textOf(issuer, named("b:"));
  await clock.advance(10_000);
  while ((await nameOf(bench)) !== "b:ada") await settle();

  for (const wrong of [
    "{",
    "",
    JSON.stringify({ ...HEAD, jwt: [{}] }),
    JSON.stringify({ ...HEAD, foo: 1 }),
    textOf(issuer, named("c:"), { enabled: false }),
  ]) {
    state.text = wrong;
    await clock.advance(30_000);
    assert.equal(await nameOf(bench), "b:ada", wrong);
  }
  assert.deepEqual(await counts(bench), ['{status="success"} 1', '{status="failure"} 5'], "once for each");
  state.text = textOf(issuer, named("d:"));
  await clock.advance(10_000);
  while ((await nameOf(bench)) !== "d:ada") await settle();
});

test("an issuer that cannot be used does not take the place of one that can", async () => {
  await using bench = await startWithFile();
  const { issuer, state, clock } = bench;
  await bench.believes(issuer.token());
  const discovery = issuer.answers["/.well-known/openid-configuration"]!;
  issuer.answers["/.well-known/openid-configuration"] = (response) => response.writeHead(500).end();
  state.text = textOf(issuer, named("b:"));
  const asked = issuer.asked("/.well-known/openid-configuration");
  for (let tries = 1; tries <= 6; tries++) {
    await clock.advance(10_000);
    while (issuer.asked("/.well-known/openid-configuration") < asked + tries) await settle();
    for (let i = 0; i < 50; i++) await settle();
  }
  assert.equal(await nameOf(bench), "a:ada");
  issuer.answers["/.well-known/openid-configuration"] = discovery;
  while ((await nameOf(bench)) !== "b:ada") await clock.advance(10_000);
  assert.deepEqual((await counts(bench)).at(0), '{status="success"} 1');
});
