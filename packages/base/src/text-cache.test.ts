import assert from "node:assert/strict";
import { test } from "node:test";
import { TextCache } from "./text-cache.ts";

test("a text is known until there are too many", () => {
  const cache = new TextCache<number>({ entries: 2, length: 3 });
  cache.set("a", 1);
  cache.set("b", 2);
  assert.deepEqual([cache.get("a"), cache.get("b"), cache.get("c")], [1, 2, undefined]);
  cache.set("c", 3);
  assert.deepEqual([cache.get("a"), cache.get("b"), cache.get("c")], [undefined, undefined, 3]);
});

test("a long text is not kept, and all texts together keep within their bound", () => {
  const cache = new TextCache<number>({ entries: 100, length: 4, total: 6 });
  cache.set("12345", 1);
  assert.equal(cache.get("12345"), undefined);
  cache.set("1234", 1);
  cache.set("12", 2);
  assert.deepEqual([cache.get("1234"), cache.get("12")], [1, 2]);
  cache.set("1", 3);
  assert.deepEqual([cache.get("1234"), cache.get("12"), cache.get("1")], [undefined, undefined, 3]);
});
