import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, type Clock } from "@dingi/base";
import { untilHung } from "./health.ts";

test("a process is not blamed for the time in which its supervisor itself stood still", async () => {
  // Of a machine that slept: a minute passes between two lines, and whatever waited is late.
  let now = 0;
  const stop = new AbortController();
  const never = new AbortController();
  const clock: Clock = {
    ...new FakeClock(),
    now: () => now,
    monotonic: () => now,
    sleep: async () => {
      now += 5_000;
    },
    timer: () => ({ [Symbol.dispose]: () => {} }),
    deadline: () => never.signal,
    yieldIfDue: () => undefined,
  };
  let asked = 0;
  const probe = async () => {
    asked++;
    if (asked === 2) {
      now += 60_000;
      throw new Error("late");
    }
    if (asked === 4) stop.abort();
  };
  assert.equal(await untilHung({ probe, clock, signal: stop.signal, onServing: () => {} }), undefined);
  assert.equal(asked, 4);
});
