import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ServiceAccount } from "@dingi/api";
import { generateKeys, publicPemOf } from "@dingi/component-base";
import { startTestServer } from "../../testing/test-server.ts";
import { serviceAccountOptions } from "./service-account-options.ts";
import { TokenKeys } from "./token-keys.ts";

const read = (path: string): string => {
  if (path !== "/none") return path;
  throw new Error("ENOENT");
};

describe("flags of service accounts", () => {
  test("name keys, issuers and audiences", () => {
    const options = serviceAccountOptions(
      {
        "service-account-key-file": "/a\n/b",
        "service-account-signing-key-file": "/s",
        "service-account-issuer": "https://new.test\nhttps://old.test",
        "api-audiences": "a,b",
        "service-account-jwks-uri": "https://keys.test/jwks",
        "service-account-max-token-expiration": "2h",
        "service-account-extend-token-expiration": "false",
        "enable-bootstrap-token-auth": "false",
      },
      read,
    );
    assert.deepEqual(options, {
      signingKey: "/s",
      otherKeys: ["/a", "/b"],
      issuers: ["https://new.test", "https://old.test"],
      audiences: ["a", "b"],
      jwksUri: "https://keys.test/jwks",
      maxExpirationSeconds: 7200,
      extendsExpiration: false,
      bootstrapTokens: false,
    });
  });

  for (const [flags, says] of [
    [{ "service-account-issuer": "https://a.test\nhttps://a.test" }, /"https:\/\/a.test" is already specified/],
    [{ "service-account-issuer": "https://" }, /contained a ':' but was not a valid URL/],
    [{ "service-account-jwks-uri": "http://x" }, /requires https scheme/],
    [{ "service-account-max-token-expiration": "1m" }, /must be between 1 hour and 2\^32 seconds/],
    [{ "service-account-key-file": "/none" }, /The key file "\/none" cannot be read: ENOENT/],
  ] as const)
    test(`${JSON.stringify(flags)} cannot be followed`, () =>
      assert.throws(() => serviceAccountOptions(flags, read), { message: says }));
});

async function tokenOf(api: Awaited<ReturnType<typeof startTestServer>>, expirationSeconds = 3600) {
  const url = "/api/v1/namespaces/default/serviceaccounts/robot/token";
  const { text, headers } = await api.send({ method: "POST", url, body: { spec: { expirationSeconds } } });
  const { spec, status } = JSON.parse(text) as { spec: { expirationSeconds: number }; status: { token: string } };
  return { token: status.token, seconds: spec.expirationSeconds, headers };
}

async function isBelieved(api: Awaited<ReturnType<typeof startTestServer>>, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  return (await api.send({ url: "/version", user: null, headers })).status === 200;
}

test("keys and issuers are changed one after the other, and older tokens are believed as long as they are named", async () => {
  const before = generateKeys();
  const [oldIssuer, newIssuer] = ["https://old.test", "https://new.test"];
  const signingKey = before.privatePem;
  await using first = await startTestServer({ serviceAccounts: { signingKey, issuers: [oldIssuer] } });
  await first.admin.create(ServiceAccount, { metadata: { namespace: "default", name: "robot" } });
  const { token } = await tokenOf(first);
  const shared = { clock: first.clock, store: first.store };
  const otherKeys = [publicPemOf(before.privatePem)];
  const issuers = [newIssuer, oldIssuer];
  await using second = await startTestServer({ shared, serviceAccounts: { otherKeys, issuers } });
  assert.equal(await isBelieved(second, token), true, "by the old key, of the old issuer");
  const { token: newer } = await tokenOf(second);
  assert.equal(await isBelieved(second, newer), true);
  assert.equal(await isBelieved(first, newer), false, "whose key and issuer nobody has told it");
  await using third = await startTestServer({ shared, serviceAccounts: { otherKeys, issuers: [newIssuer] } });
  assert.equal(await isBelieved(third, token), false, "the old issuer is not named any more");
  await using fourth = await startTestServer({ shared, serviceAccounts: { issuers } });
  assert.equal(await isBelieved(fourth, token), false, "the old key is not named any more");

  const { text, headers } = await second.send({ url: "/openid/v1/jwks" });
  const { keys } = JSON.parse(text) as { keys: { kid: string; alg: string; d?: string }[] };
  assert.deepEqual(
    [keys.length, keys[1]?.kid, keys.some(({ d }) => d)],
    [2, new TokenKeys(before.privatePem).keyId, false],
  );
  assert.deepEqual(
    [headers["content-type"], headers["cache-control"]],
    ["application/jwk-set+json", "public, max-age=3600"],
  );
  const discovery = await second.send({ url: "/.well-known/openid-configuration" });
  assert.equal((JSON.parse(discovery.text) as { issuer: string }).issuer, newIssuer);
  assert.equal(discovery.headers["cache-control"], "public, max-age=3600");
  const other = await second.send({ url: "/openid/v1/jwks", headers: { accept: "application/yaml" } });
  assert.equal(other.status, 406);
});

test("tokens live no longer than they may, and a minute of other clocks is borne", async () => {
  await using api = await startTestServer({ serviceAccounts: { maxExpirationSeconds: 3600 } });
  await api.admin.create(ServiceAccount, { metadata: { namespace: "default", name: "robot" } });
  const { token, seconds, headers } = await tokenOf(api, 7200);
  assert.equal(seconds, 3600);
  assert.match(String(headers["warning"]), /requested expiration of 7200 seconds shortened to 3600 seconds/);
  await api.clock.advance(3_660_000);
  assert.equal(await isBelieved(api, token), true);
  await api.clock.advance(1000);
  assert.equal(await isBelieved(api, token), false);
});
