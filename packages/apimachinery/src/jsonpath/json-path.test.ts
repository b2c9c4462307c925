import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluatePath, printJsonPath } from "./json-path.ts";

const object = { b: { z: 1, a: [{ y: 2, x: "t" }] }, list: [{ n: "one" }, { n: "two" }] };

test("what is no text is printed as JSON, with its keys in order as Go prints maps", () => {
  assert.equal(printJsonPath("{.b}", object), '{"a":[{"x":"t","y":2}],"z":1}');
  assert.equal(printJsonPath("{.b.a[0].x}", object), "t");
  assert.equal(printJsonPath("{.nothing}", { nothing: null }), "");
});

test("several values are told apart by blanks, and each by what a range says of it", () => {
  assert.equal(printJsonPath("{.list[*].n}", object), "one two");
  assert.equal(printJsonPath("{range .list[*]}<{.n}>{end}", object), "<one><two>");
});

test("an expression is read with braces and without", () => {
  assert.deepEqual(evaluatePath("{.list[1].n}", object), ["two"]);
  assert.deepEqual(evaluatePath("list[1].n", object), ["two"]);
});
