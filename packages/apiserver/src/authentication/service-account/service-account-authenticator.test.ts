import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { V1ObjectMeta } from "@dingi/apimachinery";
import { FakeClock } from "@dingi/base";
import { generateKeys } from "@dingi/component-base";
import type { TokenClaims } from "./claims.ts";
import { ServiceAccountAuthenticator } from "./service-account-authenticator.ts";
import { TokenKeys } from "./token-keys.ts";

const keys = new TokenKeys(generateKeys().privatePem);
const ISSUER = "https://issuer";
type Bound = TokenClaims["kubernetes.io"];

/** What there is; a test changes it. */
function world() {
  const clock = new FakeClock();
  const live: Record<string, V1ObjectMeta> = {
    "account ns/robot": { uid: "u" },
    "pod ns/p": { uid: "pu" },
    "secret ns/s": { uid: "su" },
    "node n": { uid: "nu" },
  };
  const objects = {
    serviceAccount: (namespace: string, name: string) => live[`account ${namespace}/${name}`],
    pod: (namespace: string, name: string) => live[`pod ${namespace}/${name}`],
    secret: (namespace: string, name: string) => {
      const metadata = live[`secret ${namespace}/${name}`];
      return metadata && { metadata };
    },
    node: (name: string) => live[`node ${name}`],
  };
  const authenticator = new ServiceAccountAuthenticator({
    keys,
    issuers: [ISSUER],
    audiences: ["api"],
    objects: objects as never,
    clock,
    onLegacyUse: () => {},
  });
  const seconds = clock.now() / 1000;
  const tokenFor = (bound: Partial<Bound> = {}, more: Partial<TokenClaims> = {}) =>
    keys.sign({
      aud: ["api", "vault"],
      exp: seconds + 600,
      iat: seconds,
      nbf: seconds,
      iss: ISSUER,
      jti: "j",
      sub: "system:serviceaccount:ns:robot",
      "kubernetes.io": { namespace: "ns", serviceaccount: { name: "robot", uid: "u" }, ...bound },
      ...more,
    } as TokenClaims);
  const ask = (token: string, audiences = ["api"]) => authenticator.authenticateToken(token, audiences);
  return { clock, live, tokenFor, ask, seconds };
}

const POD = { name: "p", uid: "pu" };
const SECRET = { name: "s", uid: "su" };
const NODE = { name: "n", uid: "nu" };
const PREFIX = "authentication.kubernetes.io/";

test("a token is its service account, with what it is bound to", () => {
  const { ask, tokenFor } = world();
  const user = ask(tokenFor())?.user;
  assert.deepEqual(user, {
    name: "system:serviceaccount:ns:robot",
    uid: "u",
    groups: ["system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"],
    extra: { [`${PREFIX}credential-id`]: ["JTI=j"] },
  });
  assert.deepEqual(ask(tokenFor({ pod: POD, node: NODE }))?.user.extra, {
    [`${PREFIX}credential-id`]: ["JTI=j"],
    [`${PREFIX}pod-name`]: ["p"],
    [`${PREFIX}pod-uid`]: ["pu"],
    [`${PREFIX}node-name`]: ["n"],
    [`${PREFIX}node-uid`]: ["nu"],
  });
  const nameless = ask(tokenFor({ pod: POD, node: { name: "n" } }))?.user.extra ?? {};
  assert.equal(`${PREFIX}node-uid` in nameless, false);
});

test("the same token is the same user every time", () => {
  const { ask, tokenFor } = world();
  const token = tokenFor();
  assert.equal(ask(token)?.user, ask(token)?.user);
});

test("a token is good for the audiences that it and who asks share", () => {
  const { ask, tokenFor } = world();
  assert.deepEqual(ask(tokenFor(), ["other", "vault", "api"])?.audiences, ["vault", "api"]);
  assert.equal(ask(tokenFor(), ["other"]), undefined);
});

describe("A token is not good", () => {
  for (const [title, more] of [
    ["of another issuer", { iss: "https://other" }],
    ["that is signed by nobody", undefined],
  ] as const)
    test(title, () => {
      const { ask, tokenFor } = world();
      assert.equal(ask(more ? tokenFor({}, more) : `${tokenFor()}x`), undefined);
    });

  test("more than a minute after its end", async () => {
    const { ask, tokenFor, clock } = world();
    const token = tokenFor();
    await clock.advance(660_000);
    assert.ok(ask(token));
    await clock.advance(1);
    assert.equal(ask(token), undefined);
  });

  test("more than a minute before its beginning", () => {
    const { ask, tokenFor, seconds } = world();
    assert.ok(ask(tokenFor({}, { nbf: seconds + 60 })));
    assert.equal(ask(tokenFor({}, { nbf: seconds + 61 })), undefined);
  });

  for (const [what, bound] of [
    ["account ns/robot", {}],
    ["pod ns/p", { pod: POD }],
    ["secret ns/s", { secret: SECRET }],
    ["node n", { node: NODE }],
  ] as const) {
    test(`without its ${what}, or when that is another one`, () => {
      const { ask, tokenFor, live } = world();
      const token = tokenFor(bound);
      assert.ok(ask(token));
      live[what] = { uid: "other" };
      assert.equal(ask(token), undefined);
      delete live[what];
      assert.equal(ask(token), undefined);
    });

    test(`a minute after its ${what} should have gone`, async () => {
      const { ask, tokenFor, live, clock } = world();
      live[what] = { ...live[what]!, deletionTimestamp: new Date(clock.now()).toISOString() };
      await clock.advance(60_000);
      assert.ok(ask(tokenFor(bound)));
      await clock.advance(1);
      assert.equal(ask(tokenFor(bound)), undefined);
    });
  }
});

test("of a pod's token the node is only told", () => {
  const { ask, tokenFor, live } = world();
  delete live["node n"];
  assert.ok(ask(tokenFor({ pod: POD, node: NODE })));
});
