import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, settle, silentLogger } from "@dingi/base";
import { keepNode } from "./keep-node.ts";

function keep(remake: () => Promise<void> = () => Promise.resolve()) {
  const clock = new FakeClock();
  const stop = new AbortController();
  let hurry = new AbortController();
  const told = { lives: 0, remakes: 0 };
  let end = Promise.withResolvers<void>();
  const done = keepNode({
    node: "one",
    clock,
    logger: silentLogger,
    signal: stop.signal,
    hurry: () => hurry.signal,
    live: async (signal) => {
      told.lives++;
      end = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => end.resolve(), { once: true });
      await end.promise;
    },
    remake: () => {
      told.remakes++;
      return remake();
    },
  });
  return {
    clock,
    told,
    done,
    stop: () => stop.abort(),
    hurry: () => {
      hurry.abort();
      hurry = new AbortController();
    },
    end: async () => {
      end.resolve();
      await settle();
    },
  };
}

test("a node that ended is made anew as late as a machine boots, and later when it keeps ending", async () => {
  const node = keep();
  await settle();
  for (const [round, seconds] of [30, 60, 120, 240, 300, 300].entries()) {
    await node.end();
    await node.clock.advance(seconds * 1000 - 1);
    assert.equal(node.told.remakes, round, `too early in round ${round}`);
    await node.clock.advance(1);
    assert.deepEqual(node.told, { lives: round + 2, remakes: round + 1 });
  }
  await node.clock.advance(600_001);
  await node.end();
  await node.clock.advance(30_000);
  assert.equal(node.told.remakes, 7, "one that ran long is made anew soon");
  node.stop();
  await node.done;
});

test("a node that cannot be made anew is tried again", async () => {
  let fails = 2;
  const node = keep(() => (fails-- > 0 ? Promise.reject(new Error("Not now")) : Promise.resolve()));
  await settle();
  await node.end();
  await node.clock.advance(30_000);
  await node.clock.advance(60_000);
  assert.deepEqual(node.told, { lives: 1, remakes: 2 });
  await node.clock.advance(120_000);
  assert.deepEqual(node.told, { lives: 2, remakes: 3 });
  node.stop();
  await node.done;
});

test("who asks for it need not wait, and a node that was removed stays away", async () => {
  const node = keep();
  await settle();
  await node.end();
  node.hurry();
  await settle();
  assert.deepEqual(node.told, { lives: 2, remakes: 1 });
  await node.end();
  node.stop();
  await node.done;
  await node.clock.advance(300_000);
  assert.deepEqual(node.told, { lives: 2, remakes: 1 });
});
