import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { systemClock } from "./clock.ts";

const LONGEST_MS = 2 ** 31 - 1;
const DAY_MS = 86_400_000;

for (const [title, wait] of [
  ["timer", (ms: number, fn: () => void) => void systemClock.timer(ms, fn)],
  ["sleep", (ms: number, fn: () => void) => void systemClock.sleep(ms).then(fn)],
] as const)
  test(`a ${title} of a hundred days ends after a hundred days`, async () => {
    const steps: { fn: () => void; ms: number }[] = [];
    const stub = mock.method(globalThis, "setTimeout", ((fn: () => void, ms: number) => {
      steps.push({ fn, ms });
      return { unref: () => {} };
    }) as never);
    let waitedMs = 0;
    try {
      let isOver = false;
      wait(100 * DAY_MS, () => (isOver = true));
      for (let step = steps.shift(); step; step = steps.shift()) {
        assert.equal(isOver, false);
        assert.ok(step.ms <= LONGEST_MS, `Node cannot wait for ${step.ms} ms`);
        waitedMs += step.ms;
        step.fn();
        await Promise.resolve();
      }
      assert.equal(isOver, true);
    } finally {
      stub.mock.restore();
    }
    assert.equal(waitedMs, 100 * DAY_MS);
  });

test("a deadline far away has not passed", () => {
  assert.equal(systemClock.deadline(2 ** 40).aborted, false);
});

test("a deadline may be a fraction of a millisecond away, or past", async () => {
  for (const ms of [0.4, -1]) {
    const signal = systemClock.deadline(ms);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    assert.equal((signal.reason as Error).name, "TimeoutError");
  }
});
