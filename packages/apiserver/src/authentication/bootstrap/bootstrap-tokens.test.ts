import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Secret } from "@dingi/api";
import { startAuthenticationBench, type AuthenticationBench } from "../../testing/authentication-bench.ts";

let bench: AuthenticationBench;
before(async () => (bench = await startAuthenticationBench()));
after(() => bench[Symbol.asyncDispose]());

const base64 = (text: string) => Buffer.from(text).toString("base64");
let count = 0;

/** A Secret with another id each time; fields that are undefined are left out. */
async function make(fields: Readonly<Record<string, string | undefined>> = {}, type = "bootstrap.kubernetes.io/token") {
  const id = String(count++).padStart(6, "a");
  const all = {
    "token-id": id,
    "token-secret": "0123456789abcdef",
    "usage-bootstrap-authentication": "true",
    ...fields,
  };
  const data = Object.fromEntries(
    Object.entries(all).flatMap(([name, text]) => (text === undefined ? [] : [[name, base64(text)]])),
  );
  const key = { namespace: "kube-system", name: `bootstrap-token-${id}` };
  await bench.api.admin.create(Secret, { metadata: key, type, data });
  return { id, key, token: `${id}.0123456789abcdef` };
}

test("a bootstrap token is its own user's, in its groups, until its Secret is deleted", async () => {
  const { id, key, token } = await make({
    "auth-extra-groups": "system:bootstrappers:z,system:bootstrappers:kubeadm:a",
  });
  assert.deepEqual(await bench.whoIs(token), {
    username: `system:bootstrap:${id}`,
    groups: [
      "system:bootstrappers",
      "system:bootstrappers:kubeadm:a",
      "system:bootstrappers:z",
      "system:authenticated",
    ],
  });
  await bench.api.admin.delete(Secret, key);
  assert.equal(await bench.whoIs(token), 401);
});

test("a bootstrap token ends at its time", async () => {
  const { token } = await make({ expiration: new Date(bench.clock.now() + 1000).toISOString() });
  assert.equal(typeof (await bench.whoIs(token)), "object");
  await bench.clock.advance(1000);
  assert.equal(await bench.whoIs(token), 401);
});

for (const [title, fields, type] of [
  ["that is to sign alone", { "usage-bootstrap-authentication": undefined, "usage-bootstrap-signing": "true" }],
  ["whose use is nearly right", { "usage-bootstrap-authentication": "True" }],
  ["of another id", { "token-id": "zzzzzz" }],
  ["of another secret", { "token-secret": "0123456789abcdeg" }],
  ["without a secret", { "token-secret": undefined }],
  ["in a group of others", { "auth-extra-groups": "system:masters" }],
  ["in no group at all", { "auth-extra-groups": "system:bootstrappers:a," }],
  ["whose end cannot be read", { expiration: "tomorrow" }],
  ["in a Secret of another type", {}, "Opaque"],
] as readonly (readonly [string, Readonly<Record<string, string | undefined>>, string?])[])
  test(`a bootstrap token ${title} is none`, async () => {
    const { token } = await make(fields, type);
    assert.equal(await bench.whoIs(token), 401);
  });

test("what is not quite a bootstrap token is none", async () => {
  const { token } = await make();
  for (const other of [`${token}x`, token.toUpperCase(), token.replace(".", ""), `../${token}`])
    assert.equal(await bench.whoIs(other), 401, other);
});
