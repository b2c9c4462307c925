import assert from "node:assert/strict";
import { test } from "node:test";
import { BackOff, type Life } from "./back-off.ts";

const waits = (backOff: BackOff, ...lives: readonly Life[]) => lives.map((life) => backOff.after(life));
const FAILED: Life = { served: false, ms: 50 };
const SERVED: Life = { served: true, ms: 500 };

test("one that never serves waits longer each time, up to ten seconds", () => {
  const lives = Array.from({ length: 10 }, () => FAILED);
  assert.deepEqual(waits(new BackOff(), ...lives), [0, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
});

test("one that served is back within a quarter of a second, however often it has ended", () => {
  const lives = Array.from({ length: 6 }, () => SERVED);
  assert.deepEqual(waits(new BackOff(), ...lives), [0, 100, 200, 250, 250, 250]);
});

test("one that served for long does not wait, and one that fails after it begins anew", () => {
  const backOff = new BackOff();
  waits(backOff, FAILED, FAILED, FAILED, FAILED);
  assert.deepEqual(waits(backOff, { served: true, ms: 3000 }, FAILED), [0, 100]);
  assert.deepEqual(waits(backOff, { served: false, ms: 60_000 }), [200], "Living long without serving is no merit");
  backOff.reset();
  assert.deepEqual(waits(backOff, FAILED), [0]);
});
