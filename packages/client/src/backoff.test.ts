import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "./backoff.ts";

test("waits longer each time, within bounds, and not as long as others", () => {
  const floats = [0, 0.5, 0, 0.25, 0];
  const backoff = new Backoff({ minMs: 100, maxMs: 500, random: { float: () => floats.shift() ?? 0 } as never });
  assert.deepEqual(
    [1, 2, 3, 4].map(() => backoff.next()),
    [100, 300, 400, 625],
  );
  backoff.reset();
  assert.equal(backoff.next(), 100);
});
