import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decodeContinue, encodeContinue } from "./continue-token.ts";

const tokenOf = (wire: unknown) =>
  Buffer.from(typeof wire === "string" ? wire : JSON.stringify(wire)).toString("base64url");
const wire = (more: object = {}) => tokenOf({ v: "meta.k8s.io/v1", rv: 7, start: "n/a\0", ...more });

test("a token is read as it was made, with its revision or without", () => {
  for (const token of [
    { revision: 7, after: "n/a" },
    { revision: undefined, after: "a" },
  ])
    assert.deepEqual(decodeContinue(encodeContinue(token)), token);
});

test("a token is upstream's", () => {
  const text = '{"v":"meta.k8s.io/v1","rv":7,"start":"n/a\\u0000"}';
  assert.equal(encodeContinue({ revision: 7, after: "n/a" }), Buffer.from(text).toString("base64url"));
  assert.deepEqual(decodeContinue(wire({ rv: -1, start: "/a" })), { revision: undefined, after: "/a" });
});

describe("What is no token is refused:", () => {
  for (const [text, why] of [
    ["a b", ": illegal base64 data at input byte 1"],
    ["abc=", ": illegal base64 data at input byte 3"],
    [wire({ v: "meta.k8s.io/v2" }), ": server does not recognize this encoded version meta.k8s.io/v2"],
    [tokenOf("null"), ": server does not recognize this encoded version "],
    [wire({ rv: 0 }), ": incorrect encoded start resourceVersion (version meta.k8s.io/v1)"],
    [wire({ start: "" }), ": encoded start key empty (version meta.k8s.io/v1)"],
    [wire({ start: "n/../m" }), ": n/../m"],
    [wire({ start: "./m" }), ": ./m"],
    [wire({ start: "n//m" }), ": n//m"],
    [wire({ start: "n/" }), ": n/"],
  ] as const)
    test(why, () => {
      const message = `invalid continue token: continue key is not valid${why}`;
      assert.throws(() => decodeContinue(text), { code: 400, message });
    });

  test("what is no JSON", () => assert.throws(() => decodeContinue(tokenOf("{")), { code: 400 }));
});
