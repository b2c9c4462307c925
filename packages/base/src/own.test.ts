import assert from "node:assert/strict";
import { test } from "node:test";
import { own } from "./own.ts";

test("a table has its own entries, and not those of every object", () => {
  const table = { a: 1 };
  assert.equal(own(table, "a"), 1);
  for (const name of ["b", "constructor", "__proto__", "toString"]) assert.equal(own(table, name), undefined);
});
