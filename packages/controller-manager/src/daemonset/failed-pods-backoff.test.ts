import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@dingi/base";
import { FailedPodsBackoff } from "./failed-pods-backoff.ts";

test("waits twice as long for each failure, a quarter of an hour at most, and forgets", async () => {
  const clock = new FakeClock();
  const backoff = new FailedPodsBackoff(clock);
  assert.equal(backoff.leftMs("n"), 0);
  backoff.replaced("n");
  assert.equal(backoff.leftMs("n"), 1000);
  assert.equal(backoff.leftMs("other"), 0);
  await clock.advance(400);
  assert.equal(backoff.leftMs("n"), 600);
  for (let i = 0; i < 12; i++) backoff.replaced("n");
  assert.equal(backoff.leftMs("n"), 900_000);
  await clock.advance(1_800_001);
  backoff.replaced("n");
  assert.equal(backoff.leftMs("n"), 1000);
});
