import assert from "node:assert/strict";
import { test } from "node:test";
import { WakeUp } from "./wake-up.ts";

test("all who wait are woken, and who comes later waits for the next", async () => {
  const [wakeUp, signal] = [new WakeUp(), new AbortController().signal];
  const woken: string[] = [];
  const waits = ["a", "b"].map((name) => wakeUp.wait(signal).then(() => woken.push(name)));
  wakeUp.wake();
  await Promise.all(waits);
  const later = wakeUp.wait(signal).then(() => woken.push("later"));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(woken, ["a", "b"]);
  wakeUp.wake();
  await later;
  assert.deepEqual(woken, ["a", "b", "later"]);
});

test("who waits is let go when he is to stop", async () => {
  const stop = new AbortController();
  const waiting = new WakeUp().wait(stop.signal);
  stop.abort();
  await waiting;
});
