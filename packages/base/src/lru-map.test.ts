import assert from "node:assert/strict";
import { test } from "node:test";
import { LruMap } from "./lru-map.ts";

test("forgets what was not used for longest", () => {
  const map = new LruMap<string, number>(2);
  map.set("a", 1);
  map.set("b", 2);
  assert.equal(map.get("a"), 1);
  map.set("c", 3);
  assert.deepEqual([map.get("a"), map.get("b"), map.get("c"), map.size], [1, undefined, 3, 2]);
  map.set("a", 4);
  map.set("d", 5);
  assert.deepEqual(
    [...map.entries()],
    [
      ["a", 4],
      ["d", 5],
    ],
  );
  map.delete("a");
  assert.equal(map.get("a"), undefined);
});
