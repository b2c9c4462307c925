import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { equalJson } from "../codec/equal-json.ts";
import { freezeDeep } from "../codec/freeze-deep.ts";
import { applyMergePatch, createMergePatch, createThreeWayJsonMergePatch } from "./merge-patch.ts";
import { isObject, type JsonObject } from "./json-value.ts";

test("merges as upstream does", () => {
  const table: [document: unknown, patch: unknown, expected: unknown][] = [
    [{ a: "b" }, { a: "c", b: 1 }, { a: "c", b: 1 }],
    [{ a: "b", b: 1 }, { a: null }, { b: 1 }],
    [{ a: { b: "c", d: 1 } }, { a: { b: null, e: { f: null, g: 1 } } }, { a: { d: 1, e: { g: 1 } } }],
    [{ a: [1, 2] }, { a: [{ b: null, c: 1 }] }, { a: [{ c: 1 }] }],
    [{ a: { b: 1 } }, { a: [{ b: null }] }, { a: [{ b: null }] }],
    [{ a: [1] }, { a: { b: { c: null } } }, { a: { b: {} } }],
    [{}, { constructor: { x: 1 } }, { constructor: { x: 1 } }],
  ];
  for (const [document, patch, expected] of table) {
    assert.deepEqual(
      applyMergePatch(freezeDeep(document), freezeDeep(patch)),
      expected,
      JSON.stringify([document, patch]),
    );
  }
});

test("refuses what is no object", () => {
  assert.throws(() => applyMergePatch({}, null), { name: "StatusError", message: "Invalid JSON Patch" });
  assert.throws(() => applyMergePatch({}, []), {
    message: "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
  });
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = { a: deep };
  assert.throws(() => applyMergePatch({}, deep), {
    name: "StatusError",
    message: "error decoding patch: exceeded max depth",
  });
});

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(1, "x", true),
    fc.array(tie("value"), { maxLength: 2 }),
    tie("object"),
  ),
  object: fc.dictionary(fc.constantFrom("a", "b", "c"), tie("value"), { maxKeys: 3 }),
}));
const object = fc.dictionary(fc.constantFrom("a", "b", "c"), value) as fc.Arbitrary<JsonObject>;

test("a patch made of two objects makes one of the other", () => {
  fc.assert(fc.property(object, object, (a, b) => assert(equalJson(applyMergePatch(a, createMergePatch(a, b)), b))));
});

test("a three-way patch does what was asked for, and leaves alone what others did", () => {
  fc.assert(
    fc.property(object, object, object, (original, modified, current) => {
      let patch: JsonObject;
      try {
        patch = createThreeWayJsonMergePatch(original, modified, current);
      } catch (error) {
        // What was an object and is to be a value, or the reverse, cannot be said in one patch.
        assert.equal((error as Error).name, "PatchConflictError");
        return;
      }
      const result = applyMergePatch(current, patch) as JsonObject;
      for (const key of Object.keys(modified))
        if (!isObject(modified[key])) assert(equalJson(result[key], modified[key]), key);
      for (const key of Object.keys(current)) {
        if (!Object.hasOwn(modified, key)) assert.equal(Object.hasOwn(result, key), !Object.hasOwn(original, key), key);
      }
    }),
  );
});
