import assert from "node:assert/strict";
import { test } from "node:test";
import { labelOf } from "./generic.ts";
import { alignCells } from "./tabbed-text.ts";

test("lines in a row share the width of a column", () => {
  assert.equal(alignCells("a\tb\nlong\tc\n"), "a     b\nlong  c\n");
});

test("a line without the column ends its block", () => {
  assert.equal(alignCells("a\tb\nx\nlong\tc\n"), "a  b\nx\nlong  c\n");
});

test("inner columns are aligned within the outer one's block", () => {
  assert.equal(alignCells("a\tb\tc\na\tbbbb\tc\na\td\n"), "a  b     c\na  bbbb  c\na  d\n");
});

for (const [field, label] of [
  ["creationTimestamp", "Creation Timestamp"],
  ["uid", "UID"],
  ["apiVersion", "API Version"],
  ["app.kubernetes.io/name", "app.kubernetes.io/name"],
] as const)
  test(`${field} is shown as ${label}`, () => assert.equal(labelOf(field), label));
