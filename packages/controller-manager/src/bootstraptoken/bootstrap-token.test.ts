import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Secret } from "@dingi/api";
import { detachedSignature, expiryOf, isBootstrapToken, signingTokenOf } from "./bootstrap-token.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const GOOD = { "token-id": "abc123", "token-secret": "0123456789abcdef", "usage-bootstrap-signing": "true" };

function secretOf(fields: Readonly<Record<string, string>>, name = "bootstrap-token-abc123"): V1Secret {
  const data = Object.fromEntries(
    Object.entries(fields).map(([field, text]) => [field, Buffer.from(text).toString("base64")]),
  );
  return { metadata: { namespace: "kube-system", name }, type: "bootstrap.kubernetes.io/token", data };
}

test("a signature is as upstream's", () => {
  const token = { id: "abc123", secret: "0123456789abcdef" };
  assert.equal(
    detachedSignature("apiVersion: v1\nkind: Config\n", token),
    "eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiYzEyMyJ9..qTvWXImTCcLAxj6nw53xOmdsSzLP1_zffoBVin_NQD4",
  );
});

test("only tokens that are whole, meant to and in their time sign", () => {
  const signs = (secret: V1Secret) => signingTokenOf(secret, NOW) !== undefined;
  assert.deepEqual(signingTokenOf(secretOf(GOOD), NOW), { id: "abc123", secret: "0123456789abcdef" });
  const refused = [
    secretOf(GOOD, "bootstrap-token-other1"),
    secretOf(GOOD, "abc123"),
    secretOf({ ...GOOD, "token-id": "" }),
    secretOf({ ...GOOD, "token-secret": "" }),
    secretOf({ ...GOOD, "usage-bootstrap-signing": "yes" }),
    secretOf({ ...GOOD, expiration: "2025-12-31T23:59:59Z" }),
    secretOf({ ...GOOD, expiration: "2026-01-01T00:00:00Z" }),
  ];
  assert.deepEqual(refused.filter(signs), []);
  assert.equal(signs(secretOf({ ...GOOD, expiration: "2026-01-01T00:00:01Z" })), true);
});

test("what expires, and when", () => {
  assert.equal(expiryOf(secretOf({})), Infinity);
  assert.equal(expiryOf(secretOf({ expiration: "2026-01-01T01:00:00+01:00" })), NOW);
  assert.equal(expiryOf(secretOf({ expiration: "soon" })), 0);
  assert.equal(isBootstrapToken({ ...secretOf({}), type: "Opaque" }), false);
  assert.equal(isBootstrapToken({ ...secretOf({}), metadata: { namespace: "default", name: "x" } }), false);
});
