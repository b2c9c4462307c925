import assert from "node:assert/strict";
import { test } from "node:test";
import { batchLength, WatchBatch, type WatchItem } from "./watch-batch.ts";

const MIB = 1024 * 1024;
const items = (...sizes: number[]) =>
  sizes.map((size) => ({ type: "ADDED", stored: { size } }) as unknown as WatchItem);

for (const [title, sizes, from, to, wanted] of [
  ["all that are small", [1, 1, 1], 0, undefined, 3],
  ["all from one on", [1, 1, 1], 1, undefined, 2],
  ["all up to one", [1, 1, 1], 0, 2, 2],
  ["none where there is none", [], 0, undefined, 0],
  ["as many as fit to the byte", [MIB - 1, 1, 1], 0, undefined, 2],
  ["those before one that is too much", [MIB / 2, MIB / 2 + 1, 1], 0, undefined, 1],
  ["one that is too large for any", [2 * MIB, 1], 0, undefined, 1],
  ["five hundred at most", Array.from({ length: 501 }, () => 1), 0, undefined, 500],
] as const)
  test(`a batch has ${title}`, () => assert.equal(batchLength(items(...sizes), from, to), wanted));

test("bytes of a name are made once", () => {
  const batch = new WatchBatch(items(1));
  let made = 0;
  const make = () => Buffer.of(++made);
  assert.equal(batch.represent("a", make), batch.represent("a", make));
  assert.deepEqual([...batch.represent("b", make)], [2]);
});
