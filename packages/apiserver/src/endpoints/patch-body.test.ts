import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AnyKind } from "@dingi/apimachinery";
import {
  APPLY_YAML,
  JSON_PATCH,
  MERGE_PATCH,
  parseConfiguration,
  parsePatch,
  patchTypesOf,
  STRATEGIC_MERGE_PATCH,
} from "./patch-body.ts";

const parse = (text: string, type: string, validation: "Strict" | "Warn" | "Ignore" = "Strict") =>
  parsePatch(Buffer.from(text), type, validation);
const NO_OPS = "error decoding patch: json: cannot unmarshal";

describe("A patch is", () => {
  for (const [type, text, wanted] of [
    [MERGE_PATCH, '{"a":null}', { a: null }],
    [STRATEGIC_MERGE_PATCH, '{"a":1}', { a: 1 }],
    [STRATEGIC_MERGE_PATCH, "null", {}],
    [JSON_PATCH, '[{"op":"add","path":"/a","value":{}}]', [{ op: "add", path: "/a", value: {} }]],
    [JSON_PATCH, '[null,{"op":null}]', [null, { op: null }]],
    [JSON_PATCH, "null", []],
  ] as const)
    test(`${text} as ${type}`, () => assert.deepEqual(parse(text, type).value, wanted));

  test("told of what it names twice, and of operations' fields that there are not", () => {
    assert.deepEqual(parse('{"a":1,"a":2}', MERGE_PATCH).strictErrors, ['duplicate field "a"']);
    const operations = '[{"op":"add","op":"add","from":"","constructor":1},{"pth":"/"}]';
    const wanted = [
      'json patch duplicate field "[0].op"',
      'json patch unknown field "[0].constructor"',
      'json patch unknown field "[1].pth"',
    ];
    for (const validation of ["Strict", "Warn"] as const)
      assert.deepEqual(parse(operations, JSON_PATCH, validation).strictErrors, wanted);
    assert.deepEqual(parse(operations, JSON_PATCH, "Ignore").strictErrors, []);
  });
});

describe("No patch is", () => {
  for (const [type, text, message] of [
    [MERGE_PATCH, "{", "invalid JSON patch"],
    [MERGE_PATCH, "null", "Invalid JSON Patch"],
    [MERGE_PATCH, "[]", `${NO_OPS} array into Go value of type map[string]interface {}`],
    [STRATEGIC_MERGE_PATCH, "true", "json: cannot unmarshal bool into Go value of type map[string]interface {}"],
    [
      STRATEGIC_MERGE_PATCH,
      "12345678901234567890",
      "json: cannot unmarshal number into Go value of type map[string]interface {}",
    ],
    [JSON_PATCH, "{}", `${NO_OPS} object into Go value of type []handlers.jsonPatchOp`],
    [JSON_PATCH, "[1]", `${NO_OPS} number into Go value of type handlers.jsonPatchOp`],
    [JSON_PATCH, "[[]]", `${NO_OPS} array into Go value of type handlers.jsonPatchOp`],
    [JSON_PATCH, '[{"path":1}]', `${NO_OPS} number into Go struct field jsonPatchOp.path of type string`],
  ] as const)
    test(`${text} as ${type}`, () => assert.throws(() => parse(text, type), { code: 400, message }));

  test("what is no list, whoever wants to hear no more of it", () => {
    const message = "json: cannot unmarshal object into Go value of type jsonpatch.Patch";
    assert.throws(() => parse("{}", JSON_PATCH, "Ignore"), { code: 400, message });
  });

  test("more than ten thousand operations", () => {
    const operations = (count: number) => `[${Array.from({ length: count }, () => "{}").join()}]`;
    assert.equal((parse(operations(10_000), JSON_PATCH).value as unknown[]).length, 10_000);
    const message = "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001";
    assert.throws(() => parse(operations(10_001), JSON_PATCH), { code: 413, message });
  });
});

describe("A configuration that is applied", () => {
  const read = (text: string) => parseConfiguration(Buffer.from(text));
  test("is YAML or JSON, as it is", () => {
    assert.deepEqual(read("a: [1]").applied, { a: [1] });
    assert.deepEqual(read('{"a":{}}').applied, { a: {} });
    assert.deepEqual(read("").applied, {});
    assert.deepEqual(read("a: 1\na: 2").strictErrors.length, 1);
  });

  for (const [text, type] of [
    ["[]", "array"],
    ["text", "string"],
  ] as const)
    test(`is no ${type}`, () => {
      const text2 = `${NO_OPS} ${type} into Go value of type map[string]interface {}`;
      const message = text2.replace("patch: json:", "patch: error unmarshaling JSON: while decoding JSON: json:");
      assert.throws(() => read(text), { code: 400, message });
    });

  test("is refused where it is no YAML", () => {
    assert.throws(() => read("a: ["), { code: 400, message: /^error decoding patch: error converting YAML to JSON: / });
  });
});

test("custom objects have no strategic merge", () => {
  const all = [JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH, APPLY_YAML];
  assert.deepEqual(patchTypesOf({} as AnyKind), all);
  assert.deepEqual(patchTypesOf({ custom: true } as AnyKind), [JSON_PATCH, MERGE_PATCH, APPLY_YAML]);
});
