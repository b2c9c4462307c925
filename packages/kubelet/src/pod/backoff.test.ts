import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@dingi/base";
import { Backoff, durationText } from "./backoff.ts";

test("doubles from ten seconds to five minutes, and begins anew after a long rest", async () => {
  const clock = new FakeClock();
  const backoff = new Backoff(clock);
  assert.equal(backoff.remainingMs("a", clock.now()), 0);
  const delays: number[] = [];
  for (let i = 0; i < 7; i++) {
    backoff.next("a");
    delays.push(backoff.delayMs("a") / 1000);
  }
  assert.deepEqual(delays, [10, 20, 40, 80, 160, 300, 300]);
  const since = clock.now();
  await clock.advance(100_000);
  assert.equal(backoff.remainingMs("a", since), 200_000);
  await clock.advance(600_000);
  backoff.next("a");
  assert.equal(backoff.delayMs("a"), 10_000);
});

test("forgets by prefix", () => {
  const backoff = new Backoff(new FakeClock());
  for (const key of ["p1/a", "p1/b", "p2/a"]) backoff.next(key);
  backoff.reset("p1/");
  assert.deepEqual([backoff.delayMs("p1/a"), backoff.delayMs("p2/a")], [0, 10_000]);
});

test("prints durations as waiting messages do", () => {
  assert.deepEqual([10_000, 80_000, 300_000].map(durationText), ["10s", "1m20s", "5m0s"]);
});
