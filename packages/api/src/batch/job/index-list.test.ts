import assert from "node:assert/strict";
import { test } from "node:test";
import { commonIndex, countIndexes, IndexListError } from "./index-list.ts";

test("indexes are counted", () => {
  assert.equal(countIndexes("", 10), 0);
  assert.equal(countIndexes("0,2-4,9", 10), 5);
});

test("lists that are not in order, or reach beyond the completions, are refused", () => {
  for (const text of ["10", "0-10", "3,1", "1,1", "2-1", "1-1", "-1", "1-", "a", "1,,2", " 1", "9".repeat(30)])
    assert.throws(() => countIndexes(text, 10), IndexListError, text);
});

test("what two lists have in common is found beside what cannot be read", () => {
  assert.equal(commonIndex("0-3,7", "x,5,7", 10), 7);
  assert.equal(commonIndex("0-3", "4-6", 10), undefined);
  assert.equal(commonIndex("", "1", 10), undefined);
});

test("long lists are compared in one pass", () => {
  const even = Array.from({ length: 50_000 }, (_, i) => i * 2).join();
  const odd = Array.from({ length: 50_000 }, (_, i) => i * 2 + 1).join();
  assert.equal(commonIndex(even, odd, 100_000), undefined);
});
