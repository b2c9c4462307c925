import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KeyedHeap } from "./keyed-heap.ts";

interface Item {
  readonly id: string;
  readonly rank: number;
}

const before = (a: Item, b: Item) => a.rank < b.rank || (a.rank === b.rank && a.id < b.id);
const newHeap = () => new KeyedHeap<Item>({ key: (item) => item.id, before });
const itemArbitrary = fc.record({ id: fc.nat({ max: 40 }).map(String), rank: fc.nat({ max: 20 }) });

test("what comes out is the model's first, after any mix of set, delete and pop", () => {
  const step = fc.tuple(fc.constantFrom("set", "set", "delete", "pop"), itemArbitrary);
  const property = fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const heap = newHeap();
    const model = new Map<string, Item>();
    const first = () => [...model.values()].sort((a, b) => (before(a, b) ? -1 : 1))[0];
    for (const [op, item] of steps) {
      if (op === "set") {
        heap.set(item);
        model.set(item.id, item);
      } else if (op === "delete") {
        assert.deepEqual(heap.delete(item.id), model.get(item.id));
        model.delete(item.id);
      } else {
        const expected = first();
        assert.deepEqual(heap.pop(), expected);
        if (expected) model.delete(expected.id);
      }
      assert.deepEqual(heap.peek(), first());
      assert.equal(heap.size, model.size);
      assert.deepEqual(heap.get(item.id), model.get(item.id));
    }
  });
  fc.assert(property, { numRuns: 200, seed: 3 });
});
