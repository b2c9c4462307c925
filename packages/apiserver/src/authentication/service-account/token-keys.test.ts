import assert from "node:assert/strict";
import { createPrivateKey, sign } from "node:crypto";
import { test } from "node:test";
import { generateKeys } from "@dingi/component-base";
import type { TokenClaims } from "./claims.ts";
import { TokenKeys } from "./token-keys.ts";

const { privatePem } = generateKeys();
const keys = new TokenKeys(privatePem);
const account = { name: "a", uid: "u" };
const CLAIMS: TokenClaims = {
  aud: ["api"],
  exp: 200,
  iat: 100,
  nbf: 100,
  iss: "https://issuer",
  jti: "j",
  sub: "system:serviceaccount:ns:a",
  "kubernetes.io": { namespace: "ns", serviceaccount: account },
};

const LEGACY = {
  iss: "kubernetes/serviceaccount",
  sub: CLAIMS.sub,
  "kubernetes.io/serviceaccount/namespace": "ns",
  "kubernetes.io/serviceaccount/secret.name": "s",
  "kubernetes.io/serviceaccount/service-account.name": "a",
  "kubernetes.io/serviceaccount/service-account.uid": "u",
};

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Signed as ours are, whatever it says. */
function tokenOf(payload: unknown, header: object = { alg: "ES256" }): string {
  const text = `${encode(header)}.${encode(payload)}`;
  const key = { key: createPrivateKey(privatePem), dsaEncoding: "ieee-p1363" as const };
  return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
}

test("what was signed is verified, and one audience may be a text", () => {
  assert.deepEqual(keys.verify(keys.sign(CLAIMS)), CLAIMS);
  assert.deepEqual(keys.verify(tokenOf({ ...CLAIMS, aud: "api" })), CLAIMS);
});

test("a legacy token is read without an end", () => assert.deepEqual(keys.verify(tokenOf(LEGACY)), LEGACY));

for (const [title, payload] of [
  ["without an end", { ...CLAIMS, exp: undefined }],
  ["whose end is a text", { ...CLAIMS, exp: "200" }],
  ["whose beginning is a text", { ...CLAIMS, nbf: "100" }],
  ["without an audience", { ...CLAIMS, aud: undefined }],
  ["for audiences that are none", { ...CLAIMS, aud: [1] }],
  ["without an issuer", { ...CLAIMS, iss: undefined }],
  ["of nobody", { ...CLAIMS, "kubernetes.io": undefined }],
  ["of nobody in a namespace", { ...CLAIMS, "kubernetes.io": { namespace: "ns" } }],
  ["bound to no object", { ...CLAIMS, "kubernetes.io": { ...CLAIMS["kubernetes.io"], pod: "p" } }],
  [
    "that has a legacy token's claims and no end",
    { ...CLAIMS, exp: undefined, "kubernetes.io/serviceaccount/namespace": "ns" },
  ],
  ["of a legacy issuer in a namespace that is no text", { ...LEGACY, "kubernetes.io/serviceaccount/namespace": {} }],
  ["of a legacy issuer without a Secret", { ...LEGACY, "kubernetes.io/serviceaccount/secret.name": undefined }],
  ["that says nothing", null],
  ["that is a list", []],
] as const)
  test(`a good signature below a token ${title} is none`, () => assert.equal(keys.verify(tokenOf(payload)), undefined));

test("a token is read in one way or not at all", () => {
  const token = keys.sign(CLAIMS);
  for (const forged of [
    `${token}!!!!`,
    `${token}\n`,
    `${token}=`,
    `!${token}`,
    token.replace(".", ".!"),
    `${token}.`,
    `${token}.x`,
  ])
    assert.equal(keys.verify(forged), undefined, forged);
});

test("the header's algorithm is ours, whatever the header is", () => {
  for (const header of [{ alg: "none" }, { alg: "HS256" }, {}, null as unknown as object, [] as object])
    assert.equal(keys.verify(tokenOf(CLAIMS, header)), undefined);
});
