import assert from "node:assert/strict";
import { test } from "node:test";
import { freezeDeep } from "../codec/freeze-deep.ts";
import { StatusError } from "../errors/status-error.ts";
import { applyJsonPatch } from "./json-patch.ts";
import type { JsonObject } from "./json-value.ts";

interface Case {
  readonly document: unknown;
  readonly patch: readonly JsonObject[];
  readonly expected?: unknown;
  /** Why it does not apply. */
  readonly why?: string;
}

const cases: Record<string, Case> = {
  "add to an object": {
    document: { a: 1 },
    patch: [{ op: "add", path: "/b", value: [1] }],
    expected: { a: 1, b: [1] },
  },
  "add replaces": { document: { a: 1 }, patch: [{ op: "add", path: "/a", value: 2 }], expected: { a: 2 } },
  "add without a value is null": { document: {}, patch: [{ op: "add", path: "/a" }], expected: { a: null } },
  "add into a list": {
    document: { a: [1, 3] },
    patch: [{ op: "add", path: "/a/1", value: 2 }],
    expected: { a: [1, 2, 3] },
  },
  "add at the end": { document: { a: [1] }, patch: [{ op: "add", path: "/a/-", value: 2 }], expected: { a: [1, 2] } },
  "indices from the end": {
    document: { a: [1, 2] },
    patch: [{ op: "replace", path: "/a/-1", value: 3 }],
    expected: { a: [1, 3] },
  },
  "add beyond the end": {
    document: { a: [] },
    patch: [{ op: "add", path: "/a/1", value: 1 }],
    why: "error in add for path: '/a/1': Unable to access invalid index: 1: invalid index referenced",
  },
  "add below what is missing": {
    document: {},
    patch: [{ op: "add", path: "/a/b", value: 1 }],
    why: 'add operation does not apply: doc is missing path: "/a/b": missing value',
  },
  "escaped keys": {
    document: { "a/b": { "m~n": 1 } },
    patch: [{ op: "remove", path: "/a~1b/m~0n" }],
    expected: { "a/b": {} },
  },
  remove: {
    document: { a: 1, b: [1, 2] },
    patch: [
      { op: "remove", path: "/a" },
      { op: "remove", path: "/b/0" },
    ],
    expected: { b: [2] },
  },
  "remove what is missing": {
    document: {},
    patch: [{ op: "remove", path: "/a" }],
    why: "error in remove for path: '/a': Unable to remove nonexistent key: a: missing value",
  },
  "replace what is missing in an object": {
    document: {},
    patch: [{ op: "replace", path: "/a", value: 1 }],
    expected: { a: 1 },
  },
  "replace beyond a list": {
    document: { a: [] },
    patch: [{ op: "replace", path: "/a/0", value: 1 }],
    why: "replace operation does not apply: doc is missing key: /a/0: missing value",
  },
  "replace everything": {
    document: { a: 1 },
    patch: [
      { op: "replace", path: "", value: { b: 2 } },
      { op: "add", path: "/c", value: 3 },
    ],
    expected: { b: 2, c: 3 },
  },
  move: { document: { a: { b: 1 } }, patch: [{ op: "move", from: "/a/b", path: "/c" }], expected: { a: {}, c: 1 } },
  "copy is deep": {
    document: { a: { b: 1 } },
    patch: [
      { op: "copy", from: "/a", path: "/c" },
      { op: "add", path: "/c/b", value: 2 },
    ],
    expected: { a: { b: 1 }, c: { b: 2 } },
  },
  "test of equal values": {
    document: { a: { b: [1], c: null } },
    patch: [{ op: "test", path: "/a", value: { c: null, b: [1] } }],
    expected: { a: { b: [1], c: null } },
  },
  "test of nothing": { document: {}, patch: [{ op: "test", path: "/a", value: null }], expected: {} },
  "test fails": {
    document: { a: 1 },
    patch: [{ op: "test", path: "/a", value: "1" }],
    why: "testing value /a failed: test failed",
  },
  "unknown operation": { document: {}, patch: [{ op: "foo", path: "/a" }], why: "Unexpected kind: foo" },
  "no path": { document: {}, patch: [{ op: "add" }], why: "add operation failed to decode path: missing value" },
  "__proto__ is a key": {
    document: {},
    patch: [
      { op: "add", path: "/__proto__", value: { x: 1 } },
      { op: "add", path: "/constructor/prototype", value: 1 },
    ],
    why: 'add operation does not apply: doc is missing path: "/constructor/prototype": missing value',
  },
};

for (const [name, { document, patch, expected, why }] of Object.entries(cases)) {
  test(name, () => {
    freezeDeep(document);
    freezeDeep(patch);
    if (why === undefined) {
      assert.deepEqual(applyJsonPatch(document, patch), expected);
      return;
    }
    assert.throws(
      () => applyJsonPatch(document, patch),
      (error) =>
        error instanceof StatusError &&
        error.code === 422 &&
        error.reason === "Invalid" &&
        (error.cause as Error).message === why,
    );
  });
}

test("bounds what a patch may do", () => {
  const refuses = (patch: readonly unknown[], code: number, message: RegExp): void =>
    assert.throws(
      () => applyJsonPatch({ a: "x".repeat(1024) }, patch),
      (error) => error instanceof StatusError && error.code === code && message.test(error.message),
    );
  refuses(["x"], 400, /^json: cannot unmarshal string into Go value of type jsonpatch.Operation$/);
  refuses(
    Array.from({ length: 10_001 }, () => ({})),
    413,
    /maximum operations in a JSON patch is 10000, got 10001$/,
  );
  refuses(
    Array.from({ length: 20 }, (_, i) => ({ op: "copy", from: i === 0 ? "/a" : "", path: `/${i}` })),
    422,
    /^the server rejected/,
  );
  const doubling = [
    { op: "add", path: "/b", value: { a: "x".repeat(1024) } },
    ...Array.from({ length: 30 }, (_, i) => ({ op: "copy", from: "/b", path: `/b/${i}` })),
  ];
  refuses(doubling, 422, /^the server rejected/);
});

test("shares what it does not touch", () => {
  const document = freezeDeep({ a: { x: 1 }, b: { y: 2 } });
  const patched = applyJsonPatch(document, [{ op: "add", path: "/a/z", value: 1 }]) as typeof document;
  assert.equal(patched.b, document.b);
  assert.deepEqual(document.a, { x: 1 });
});

test("operations that would shift billions of items are refused (CVE-2019-1002100)", () => {
  const insertions = Array.from({ length: 1000 }, () => ({ op: "add", path: "/0", value: 0 }));
  assert.throws(() => applyJsonPatch(Array(600_000).fill(0), insertions), { code: 413 });
});
