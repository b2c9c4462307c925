import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@dingi/base";
import { Backoff, durationText } from "./backoff.ts";

test("doubles from ten seconds to five minutes, and begins anew after a long rest", async () => {
  const clock = new FakeClock();
  const backoff = new Backoff({ clock });
  assert.equal(backoff.remainingMs("a", clock.now()), 0);
  const delays: number[] = [];
  for (let i = 0; i < 7; i++) {
    backoff.next("a", clock.now());
    delays.push(backoff.delayMs("a") / 1000);
  }
  assert.deepEqual(delays, [10, 20, 40, 80, 160, 300, 300]);
  const since = clock.now();
  await clock.advance(100_000);
  assert.equal(backoff.remainingMs("a", since), 200_000);
  await clock.advance(500_001);
  assert.equal(backoff.remainingMs("a", clock.now()), 0, "what went well for ten minutes is forgiven");
  backoff.next("a", clock.now());
  assert.equal(backoff.delayMs("a"), 10_000);
});

test("forgets by prefix", () => {
  const backoff = new Backoff({ clock: new FakeClock() });
  for (const key of ["p1/a", "p1/b", "p2/a"]) backoff.next(key, 0);
  backoff.reset("p1/");
  assert.deepEqual([backoff.delayMs("p1/a"), backoff.delayMs("p2/a")], [0, 10_000]);
});

test("prints durations as Go does", () => {
  const texts = { "0s": 0, "532ms": 532.9, "1.234s": 1234, "10s": 10_000, "1m20s": 80_000, "5m0s": 300_000 };
  for (const [text, ms] of Object.entries({ ...texts, "1h1m1.5s": 3_661_500 })) assert.equal(durationText(ms), text);
});
