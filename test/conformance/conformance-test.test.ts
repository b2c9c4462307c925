import assert from "node:assert/strict";
import { test } from "node:test";
import { focusPatterns, readTests, selectTests, TIERS } from "./conformance-test.ts";

const all = readTests();

test("the list is whole, and no name is there twice", () => {
  assert.equal(all.length, 462);
  assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
});

test("tiers and patterns choose together", () => {
  assert.equal(selectTests(all, {}).length, all.length);
  const counts = TIERS.map((tier) => selectTests(all, { tiers: tier }).length);
  assert.equal(
    counts.reduce((sum, count) => sum + count),
    all.length,
  );
  const chosen = selectTests(all, { tiers: "a,b", focus: /Scheduler/, skip: /Preemption/ });
  assert.ok(chosen.length > 0);
  assert.ok(chosen.every(({ tier, name }) => "AB".includes(tier) && name.includes("SchedulerPredicates")));
  assert.throws(() => selectTests(all, { tiers: "AX" }), /not "X"/);
});

test("a focus matches its own tests and no others", () => {
  const names = selectTests(all, { focus: /Services should/ }).map(({ name }) => name);
  const patterns = focusPatterns(names).map((pattern) => new RegExp(pattern));
  const matched = all.filter(({ name }) => patterns.some((pattern) => pattern.test(name))).map(({ name }) => name);
  assert.deepEqual(matched, names);
});

test("no argument becomes longer than Linux takes", () => {
  for (const pattern of focusPatterns(all.map(({ name }) => name))) assert.ok(Buffer.byteLength(pattern) < 131072);
});
