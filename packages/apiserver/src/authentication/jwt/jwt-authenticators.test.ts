import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { settle } from "@dingi/base";
import {
  believing,
  jwtOf,
  startAuthenticationBench,
  type AuthenticationBench,
} from "../../testing/authentication-bench.ts";
import { answerJson, ISSUER_URL, type TestIssuer } from "../../testing/test-issuer.ts";

const AUTHENTICATED = "system:authenticated";
/** Of test servers. */
const SERVER_AUDIENCE = "https://issuer.test";

describe("tokens of an issuer", () => {
  let bench: AuthenticationBench;
  before(async () => {
    bench = await startAuthenticationBench();
    await bench.believes(bench.issuer.token());
  });
  after(() => bench[Symbol.asyncDispose]());

  const seconds = () => Math.floor(bench.clock.now() / 1000);

  test("are their subjects'", async () => {
    const user = await bench.whoIs(bench.issuer.token({ jti: "7", groups: ["admins"] }));
    assert.deepEqual(user, {
      username: "ada",
      groups: [AUTHENTICATED],
      extra: { "authentication.kubernetes.io/credential-id": ["JTI=7"] },
    });
  });

  for (const [title, claims, says] of [
    ["that have ended", () => ({ exp: seconds() - 1 }), /^oidc: verify token: oidc: token is expired/],
    ["that never end", () => ({ exp: undefined }), /token is expired/],
    ["whose end is a text", () => ({ exp: String(seconds() + 9) }), /exp is no time/],
    ["whose end is no time at all", () => ({ exp: -1e300 }), /token is expired/],
    ["that begin in two minutes", () => ({ nbf: seconds() + 120 }), /before the nbf \(not before\) time/],
    ["whose beginning is a list", () => ({ nbf: [1] }), /nbf is no time/],
    ["for others", () => ({ aud: "other" }), /oidc: expected audience "api" got \["other"\]/],
    ["for several others", () => ({ aud: ["a", "b"] }), /got \["a" "b"\]/],
    ["for nobody", () => ({ aud: undefined }), /got \[\]/],
    ["for what is no audience", () => ({ aud: { api: true } }), /cannot unmarshal/],
    ["for a list that is none", () => ({ aud: ["api", 1] }), /cannot unmarshal/],
    ["whose party is we, and whose audience is not", () => ({ aud: "other", azp: "api" }), /expected audience/],
    ["of a number", () => ({ sub: 1 }), /parse username claims "sub": json: cannot unmarshal number/],
    ["of nobody", () => ({ sub: "" }), /parse username claims "sub": it is empty/],
    ["of null", () => ({ sub: null }), /cannot unmarshal null/],
    ["without a subject", () => ({ sub: undefined }), /parse username claims "sub": claim not present/],
  ] as const)
    test(`${title} are refused`, async () => {
      const token = bench.issuer.token(claims());
      assert.equal(await bench.whoIs(token), 401);
      const { authenticated, error } = await bench.review(token);
      assert.equal(authenticated, undefined);
      assert.match(String(error), says);
    });

  for (const [title, claims] of [
    ["that begin in a minute", () => ({ nbf: seconds() + 60 })],
    ["that end now", () => ({ exp: seconds() })],
    ["for us among others", () => ({ aud: ["x", "api"], azp: "x" })],
  ] as const)
    test(`${title} are good`, async () => {
      const user = await bench.whoIs(bench.issuer.token(claims()));
      assert.equal(typeof user === "object" && user.username, "ada");
    });

  test("say twice what they say, and the last counts", async () => {
    const say = (aud: string, again: string) =>
      `{"iss":"${ISSUER_URL}","sub":"x","exp":${seconds() + 9},"aud":"${aud}","sub":"ada","aud":"${again}"}`;
    const user = await bench.whoIs(bench.issuer.sign(say("other", "api")));
    assert.equal(typeof user === "object" && user.username, "ada");
    assert.equal(await bench.whoIs(bench.issuer.sign(say("api", "other"))), 401);
  });

  test("by others' keys are refused, whatever they are called", async () => {
    const stranger = { ...generateKeyPairSync("ec", { namedCurve: "P-256" }), keyId: bench.issuer.keys[0]!.keyId };
    for (const header of [
      {},
      { kid: undefined },
      { jwk: stranger.publicKey.export({ format: "jwk" }) },
      { jku: "https://x.test" },
    ])
      assert.equal(await bench.whoIs(bench.issuer.token({}, { key: stranger, header })), 401);
  });

  test("by algorithms that flags do not name are refused", async () => {
    const believed = (issuer: TestIssuer) => ({ ...believing(jwtOf(issuer)), algorithms: ["RS256"] });
    await using strict = await startAuthenticationBench({ authentication: believed });
    const says = 'oidc: verify token: oidc: id token signed with unsupported algorithm, expected ["RS256"] got "ES256"';
    for (;;) {
      const { error } = await strict.review(strict.issuer.token());
      if (error === says) break;
      assert.equal(error, "oidc: authenticator not initialized");
      await settle();
    }
  });

  test("of other issuers are nobody's, and nobody is asked about them", async () => {
    const asked = bench.issuer.asked("/keys");
    for (const iss of ["https://other.test", `${ISSUER_URL}/`, "", undefined, ["https://people.test"]]) {
      const token = bench.issuer.token({ iss });
      assert.equal(await bench.whoIs(token), 401);
      assert.deepEqual(await bench.review(token), { user: {}, error: "invalid bearer token" });
    }
    assert.equal(bench.issuer.asked("/keys"), asked);
  });

  test("are good for this server's audience alone", async () => {
    const token = bench.issuer.token();
    const { authenticated, audiences } = await bench.review(token);
    assert.deepEqual([authenticated, audiences], [true, [SERVER_AUDIENCE]]);
    assert.deepEqual(await bench.review(token, ["elsewhere"]), { user: {}, error: "invalid bearer token" });
  });

  test("are remembered no longer than they last", async () => {
    const token = bench.issuer.token({ exp: seconds() + 5 });
    assert.equal(typeof (await bench.whoIs(token)), "object");
    await bench.clock.advance(5001);
    assert.equal(await bench.whoIs(token), 401);
  });

  test("by a new key are good once the old fetch is a second old", async () => {
    await bench.clock.advance(10_000);
    bench.issuer.rotate();
    assert.equal(typeof (await bench.whoIs(bench.issuer.token())), "object");
  });
});

describe("an issuer that is not ready", () => {
  test("has its tokens refused, and is tried again each ten seconds", async () => {
    await using bench = await startAuthenticationBench();
    const { issuer } = bench;
    const discovery = issuer.answers["/.well-known/openid-configuration"]!;
    issuer.answers["/.well-known/openid-configuration"] = answerJson(() => ({ issuer: "https://other.test" }));
    await using late = await startAuthenticationBench({
      dialer: issuer.dialer,
      authentication: () => believing(jwtOf(issuer)),
    });
    while (issuer.asked("/.well-known/openid-configuration") < 2) await settle();
    const { error } = await late.review(issuer.token());
    assert.equal(error, "oidc: authenticator not initialized");
    issuer.answers["/.well-known/openid-configuration"] = discovery;
    await late.clock.advance(10_000);
    assert.equal((await late.believes(issuer.token())).username, "ada");
  });

  for (const [title, answer] of [
    ["that is somebody else", answerJson(() => ({ issuer: "https://other.test", jwks_uri: "https://other.test/k" }))],
    ["that has no keys", answerJson(() => ({ issuer: ISSUER_URL }))],
    ["whose keys come without TLS", answerJson(() => ({ issuer: ISSUER_URL, jwks_uri: "http://people.test/keys" }))],
    [
      "that leads away from TLS",
      (response) => void response.writeHead(302, { location: "http://people.test/x" }).end(),
    ],
    ["that leads round in a circle", (response) => void response.writeHead(302, { location: "/" }).end()],
    ["that fails", (response) => void response.writeHead(500).end("no")],
    ["that hangs up", (response) => void response.destroy()],
    ["that speaks no JSON", (response) => void response.end("<html>")],
    ["that says null", (response) => void response.end("null")],
    ["that says more than a mebibyte", (response) => void response.end(Buffer.alloc(2 * 1024 * 1024, " "))],
  ] as readonly (readonly [string, (typeof TestIssuer.prototype.answers)[string]])[])
    test(`or ${title}, is believed nothing`, async () => {
      await using bench = await startAuthenticationBench({
        jwt: { issuer: undefined },
        authentication: () => believing(),
      });
      const { issuer } = bench;
      issuer.answers["/.well-known/openid-configuration"] = answer;
      issuer.answers["/"] = answer;
      const [jwt] = [jwtOf(issuer)];
      await using late = await startAuthenticationBench({
        dialer: issuer.dialer,
        authentication: () => believing(jwt),
      });
      while (issuer.asked("/.well-known/openid-configuration") < 1) await settle();
      for (let i = 0; i < 100; i++) await settle();
      assert.equal(await late.whoIs(issuer.token()), 401);
      assert.equal(issuer.asked("/keys"), 0);
    });

  test("is not waited for longer than half a minute", async () => {
    await using bench = await startAuthenticationBench({ authentication: () => believing() });
    const { issuer } = bench;
    issuer.answers["/.well-known/openid-configuration"] = () => {};
    await using late = await startAuthenticationBench({
      dialer: issuer.dialer,
      authentication: () => believing(jwtOf(issuer)),
    });
    while (issuer.asked("/.well-known/openid-configuration") < 1) await settle();
    const asked = issuer.asked("/.well-known/openid-configuration");
    await late.clock.advance(30_000);
    for (let i = 0; i < 100; i++) await settle();
    await late.clock.advance(10_000);
    while (issuer.asked("/.well-known/openid-configuration") === asked) await settle();
  });
});

describe("keys", () => {
  test("are fetched through redirects over TLS, and found in a discovery document elsewhere", async () => {
    await using bench = await startAuthenticationBench({ authentication: () => believing() });
    const { issuer } = bench;
    issuer.answers["/elsewhere"] = answerJson(() => ({ issuer: ISSUER_URL, jwks_uri: `${ISSUER_URL}/old` }));
    issuer.answers["/old"] = (response) => void response.writeHead(307, { location: "https://other.test/keys" }).end();
    const place = { url: ISSUER_URL, audiences: ["api"], certificateAuthority: issuer.certificateAuthority };
    const jwt = jwtOf(issuer, { issuer: { ...place, discoveryURL: "https://other.test/elsewhere" } });
    await using other = await startAuthenticationBench({ dialer: issuer.dialer, authentication: () => believing(jwt) });
    assert.equal((await other.believes(issuer.token())).username, "ada");
  });

  test("of somebody whose certificate is of another authority are not believed", async () => {
    await using bench = await startAuthenticationBench({ authentication: () => believing() });
    const { issuer } = bench;
    const place = { url: ISSUER_URL, audiences: ["api"] };
    await using other = await startAuthenticationBench({
      dialer: issuer.dialer,
      authentication: () => believing(jwtOf(issuer, { issuer: place })),
    });
    for (let i = 0; i < 200; i++) await settle();
    assert.equal(issuer.asked("/.well-known/openid-configuration"), 0);
    assert.equal(await other.whoIs(issuer.token()), 401);
  });
});
