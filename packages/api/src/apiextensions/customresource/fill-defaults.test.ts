import assert from "node:assert/strict";
import { test } from "node:test";
import type { Schema } from "../customresourcedefinition/subschemas.ts";
import { fillDefaults, shareDefaults } from "./fill-defaults.ts";

const schema = {
  type: "object",
  properties: {
    a: { type: "string", default: "b" },
    outer: {
      type: "object",
      default: {},
      properties: { inner: { type: "object", default: { c: 1 }, properties: { d: { type: "integer", default: 2 } } } },
    },
    list: { type: "array", items: { type: "object", properties: { e: { type: "integer", default: 3 } } } },
    kept: { type: "string", nullable: true, default: "f" },
  },
} as unknown as Schema;

for (const fill of [fillDefaults, shareDefaults])
  test(`${fill.name}: what is lacking is there, defaults of defaults too`, () => {
    const value = { list: [{}, { e: 4 }], kept: null };
    fill(schema, value);
    assert.deepEqual(value, {
      a: "b",
      outer: { inner: { c: 1, d: 2 } },
      list: [{ e: 3 }, { e: 4 }],
      kept: null,
    });
  });

test("defaults that are filled in belong to the value, those that are shared to all", () => {
  const [mine, yours, ours, theirs] = [{}, {}, {}, {}] as { outer?: object }[];
  fillDefaults(schema, mine);
  fillDefaults(schema, yours);
  assert.notEqual(mine!.outer, yours!.outer);
  shareDefaults(schema, ours);
  shareDefaults(schema, theirs);
  assert.equal(ours!.outer, theirs!.outer);
});

const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`f${i}`, "x"]));
const heavy = {
  type: "array",
  items: { type: "object", properties: { d: { type: "object", default: wide } } },
} as unknown as Schema;

test("a few bytes do not ask for many defaults", () => {
  fillDefaults(
    heavy,
    Array.from({ length: 40 }, () => ({})),
  );
  assert.throws(
    () =>
      fillDefaults(
        heavy,
        Array.from({ length: 30_000 }, () => ({})),
      ),
    { code: 413 },
  );
});

test("what was stored before such defaults is read all the same", () => {
  const stored = Array.from({ length: 30_000 }, () => ({}) as { d?: object });
  shareDefaults(heavy, stored);
  assert.equal(stored[0]!.d, stored[29_999]!.d);
});

test("a default whose own defaults are too many is refused in what is written, and read without them", () => {
  const nested = {
    type: "object",
    properties: { list: { ...heavy, default: Array.from({ length: 30_000 }, () => ({})) } },
  } as unknown as Schema;
  assert.throws(() => fillDefaults(nested, {}), { code: 413 });
  const stored: { list?: unknown[] } = {};
  shareDefaults(nested, stored);
  assert.deepEqual(stored.list?.[0], {});
});
