import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeJson } from "../codec/encode-json.ts";
import { FieldSet } from "./field-set.ts";
import { decodeFieldsV1, encodeFieldsV1 } from "./fields-v1.ts";
import {
  fieldElement,
  keyElement,
  parsePathElement,
  pathText,
  valueElement,
  type Path,
  type PathElement,
} from "./path-element.ts";

const element: fc.Arbitrary<PathElement> = fc.oneof(
  fc.constantFrom("a", "b", "metadata").map(fieldElement),
  fc.constantFrom("x", 1, true, "<").map(valueElement),
  fc
    .record({ name: fc.constantFrom("p", "q"), port: fc.constantFrom(80, "http") })
    .map((key) => keyElement(Object.entries(key))),
);
const path = fc.array(element, { minLength: 1, maxLength: 3 }) as fc.Arbitrary<Path>;
const paths = fc.array(path, { maxLength: 6 });
const texts = (set: FieldSet): string[] => [...set.paths()].map(pathText).sort();
const textsOf = (list: readonly Path[]): Set<string> => new Set(list.map(pathText));

test("sets of paths behave as sets", () => {
  fc.assert(
    fc.property(paths, paths, (left, right) => {
      const a = FieldSet.ofPaths(left);
      const b = FieldSet.ofPaths(right);
      const [inA, inB] = [textsOf(left), textsOf(right)];
      assert.deepEqual(texts(a.union(b)), [...inA.union(inB)].sort());
      assert.deepEqual(texts(a.intersection(b)), [...inA.intersection(inB)].sort());
      assert.deepEqual(texts(a.difference(b)), [...inA.difference(inB)].sort());
      const below = (text: string): boolean => [...inB].some((prefix) => text.startsWith(prefix));
      assert.deepEqual(texts(a.recursiveDifference(b)), [...inA].filter((text) => !below(text)).sort());
      for (const each of left) assert.equal(a.has(each), true);
      assert.equal(a.difference(a).isEmpty, true);
    }),
  );
});

test("a set is written and read back", () => {
  fc.assert(
    fc.property(paths, (list) => {
      const set = FieldSet.ofPaths(list);
      const text = encodeJson(encodeFieldsV1(set));
      assert.deepEqual(texts(decodeFieldsV1(JSON.parse(text))), texts(set));
      assert.equal(encodeJson(encodeFieldsV1(decodeFieldsV1(JSON.parse(text)))), text);
    }),
  );
});

test("FieldsV1 is in upstream's order", () => {
  const root = fieldElement("a");
  const set = FieldSet.ofPaths([
    [root, valueElement(true)],
    [root, valueElement("b")],
    [root, valueElement(10)],
    [root, valueElement(9)],
    [
      root,
      keyElement([
        ["port", 80],
        ["name", "x"],
      ]),
    ],
    [root, keyElement([["name", "x"]]), fieldElement("z")],
    [root, keyElement([["name", "w"]])],
    [root, fieldElement("f")],
    [root],
  ]);
  assert.equal(
    JSON.stringify(encodeFieldsV1(set)),
    '{"f:a":{".":{},"f:f":{},"k:{\\"name\\":\\"w\\"}":{},"k:{\\"name\\":\\"x\\"}":{"f:z":{}},"k:{\\"name\\":\\"x\\",\\"port\\":80}":{},"v:9":{},"v:10":{},"v:\\"b\\"":{},"v:true":{}}}',
  );
  assert.equal(encodeFieldsV1(FieldSet.ofPaths([[root]])), encodeFieldsV1(FieldSet.ofPaths([[fieldElement("a")]])));
});

test("path elements are read in any spelling", () => {
  assert.equal(
    parsePathElement('k:{"b": 1, "a":"x"}'),
    keyElement([
      ["a", "x"],
      ["b", 1],
    ]),
  );
  assert.equal(parsePathElement("i:3")?.text, "i:3");
  assert.equal(parsePathElement("z:3"), undefined);
  for (const bad of ["", "f", "fx", "k:[]", "k:{", "v:{}", "i:x"])
    assert.throws(() => parsePathElement(bad), Error, bad);
  assert.equal(
    pathText([fieldElement("a"), keyElement([["n", 'q"']]), valueElement("v"), parsePathElement("i:0")!]),
    '.a[n="q\\""][="v"][0]',
  );
});
