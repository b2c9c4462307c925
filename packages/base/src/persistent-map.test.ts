import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PersistentMap } from "./persistent-map.ts";

const keyArbitrary = fc.integer({ min: 0, max: 400 }).map((n) => `/registry/${n % 2 ? "pods" : "nodes"}/${n}`);
const stepArbitrary = fc.oneof(
  { weight: 6, arbitrary: fc.record({ op: fc.constant("set" as const), key: keyArbitrary, value: fc.nat() }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant("delete" as const), key: keyArbitrary, value: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("snapshot" as const), key: keyArbitrary, value: fc.nat() }) },
);

function sorted(model: Map<string, number>): [string, number][] {
  return [...model].sort(([a], [b]) => (a < b ? -1 : 1));
}

test("any sequence of writes equals a plain map, and snapshots never change", () => {
  const property = fc.property(fc.array(stepArbitrary, { maxLength: 900, size: "max" }), (steps) => {
    const map = new PersistentMap<number>();
    const model = new Map<string, number>();
    const snapshots: { taken: PersistentMap<number>; expected: [string, number][] }[] = [];
    for (const { op, key, value } of steps) {
      if (op === "set") {
        map.set(key, value);
        model.set(key, value);
      } else if (op === "delete") {
        assert.equal(map.delete(key), model.delete(key));
      } else {
        snapshots.push({ taken: map.snapshot(), expected: sorted(model) });
      }
      assert.equal(map.get(key), model.get(key));
      assert.equal(map.has(key), model.has(key));
    }
    assert.deepEqual([...map], sorted(model));
    assert.equal(map.size, model.size);
    for (const { taken, expected } of snapshots) assert.deepEqual([...taken], expected);
  });
  fc.assert(property, { numRuns: 60, seed: 1 });
});

test("ranges and counts equal a filtered plain map", () => {
  const bound = fc.option(keyArbitrary, { nil: undefined });
  const property = fc.property(
    fc.uniqueArray(keyArbitrary, { maxLength: 300, size: "max" }),
    fc.constantFrom("", "/registry/", "/registry/pods/", "/registry/pods/1", "/zzz", undefined),
    fc.tuple(bound, bound),
    (keys, prefix, [from, after]) => {
      const map = PersistentMap.from(keys.map((key, index) => [key, index] as const));
      const range = {
        ...(prefix !== undefined && { prefix }),
        ...(from !== undefined && { from }),
        ...(after !== undefined && { after }),
      };
      const expected = keys
        .filter((key) => key.startsWith(prefix ?? "") && key >= (from ?? "") && !(after !== undefined && key <= after))
        .sort();
      assert.deepEqual([...map.keys(range)], expected);
      assert.equal(map.count(range), expected.length);
      assert.deepEqual(
        [...map.values(range)].map((index) => keys[index]),
        expected,
      );
    },
  );
  fc.assert(property, { numRuns: 300, seed: 2 });
});

test("a snapshot can be written without the original seeing it", () => {
  const original = PersistentMap.from(Array.from({ length: 1000 }, (_, i) => [`k${i}`, i] as const));
  const fork = original.snapshot();
  fork.set("k5", -1).delete("k6");
  original.set("k7", -7);
  assert.deepEqual([original.get("k5"), original.get("k6"), fork.get("k7")], [5, 6, 7]);
  assert.deepEqual([fork.get("k5"), fork.has("k6"), fork.size], [-1, false, 999]);
});

test("growing to many levels and shrinking to nothing keeps order and size", () => {
  const map = new PersistentMap<number>();
  for (let i = 0; i < 20_000; i++) map.set(String((i * 7919) % 20_000).padStart(6, "0"), i);
  assert.equal(map.size, 20_000);
  assert.equal(map.count({ prefix: "0100" }), 100);
  for (let i = 0; i < 20_000; i++) assert.ok(map.delete(String((i * 104_729) % 20_000).padStart(6, "0")));
  assert.deepEqual([map.size, ...map], [0]);
});
