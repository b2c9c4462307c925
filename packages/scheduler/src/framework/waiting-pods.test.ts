import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@dingi/base";
import { WaitingPods } from "./waiting-pods.ts";

test("waits for all plugins, and for none longer than it asked for", async () => {
  const clock = new FakeClock();
  const waiting = new WaitingPods(clock);
  const allowed = waiting.wait(
    "a",
    new Map([
      ["One", 1000],
      ["Two", 2000],
    ]),
  );
  waiting.allow("a", "One");
  waiting.allow("a", "Stranger");
  await clock.advance(1999);
  waiting.allow("a", "Two");
  assert.equal(await allowed, undefined);
  assert.equal(clock.pending, 0);
  const late = waiting.wait("a", new Map([["One", 60 * 60_000]]));
  await clock.advance(15 * 60_000);
  assert.deepEqual(await late, {
    plugin: "One",
    status: { code: "unschedulable", reasons: ["rejected due to timeout after waiting 900s at plugin One"] },
  });
});

test("is over once a plugin says no", async () => {
  const clock = new FakeClock();
  const waiting = new WaitingPods(clock);
  const refused = waiting.wait(
    "a",
    new Map([
      ["One", 1000],
      ["Two", 2000],
    ]),
  );
  waiting.reject("a", "Two", "full");
  waiting.allow("a", "One");
  assert.deepEqual((await refused)?.plugin, "Two");
  assert.equal(clock.pending, 0);
});
