import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@dingi/base";
import { Expectations } from "./expectations.ts";

test("is satisfied when nothing is expected", () => {
  assert.equal(new Expectations(new FakeClock()).satisfied("a", new Set()), true);
});

test("waits until each created object is seen", () => {
  const expectations = new Expectations(new FakeClock());
  expectations.created("a", "1");
  expectations.created("a", "2");
  assert.equal(expectations.satisfied("a", new Set(["1"])), false);
  // The first was seen once; that it is gone again is no reason to wait.
  assert.equal(expectations.satisfied("a", new Set(["2"])), true);
});

test("waits until each deleted object is gone, for its own key only", () => {
  const expectations = new Expectations(new FakeClock());
  expectations.deleted("a", "1");
  assert.equal(expectations.satisfied("a", new Set(["1"])), false);
  assert.equal(expectations.satisfied("b", new Set(["1"])), true);
  assert.equal(expectations.satisfied("a", new Set()), true);
});

test("gives up after five minutes, and forgets when told to", async () => {
  const clock = new FakeClock();
  const expectations = new Expectations(clock);
  expectations.created("a", "1");
  await clock.advance(5 * 60_000);
  assert.equal(expectations.satisfied("a", new Set()), false);
  await clock.advance(1);
  assert.equal(expectations.satisfied("a", new Set()), true);
  expectations.created("a", "2");
  expectations.forget("a");
  assert.equal(expectations.satisfied("a", new Set()), true);
});

for (const [title, seen] of [
  ["was seen", ["first"]],
  ["never came", []],
] as const)
  test(`what is expected anew is waited for from then on, after an expectation that ${title}`, async () => {
    const clock = new FakeClock();
    const expectations = new Expectations(clock);
    expectations.created("key", "first");
    await clock.advance(seen.length > 0 ? 240_000 : 300_001);
    assert.equal(expectations.satisfied("key", new Set(seen)), true);
    expectations.created("key", "second");
    await clock.advance(120_000);
    assert.equal(expectations.satisfied("key", new Set(seen)), false);
  });
