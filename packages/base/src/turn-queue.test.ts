import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "./testing/fake-clock.ts";
import { TurnQueue } from "./turn-queue.ts";

test("what comes in one turn goes through its stages side by side", async () => {
  const queue = new TurnQueue();
  const log: string[] = [];
  const push = (name: string) =>
    queue.push(() => {
      const stages = async () => {
        log.push(`${name} read`);
        await Promise.resolve();
        log.push(`${name} written`);
      };
      void stages();
    });
  push("a");
  await Promise.resolve();
  push("b");
  assert.deepEqual(log, [], "nothing begins before the turn ends");
  await settle();
  assert.deepEqual(log, ["a read", "b read", "a written", "b written"]);
});

test("what is pushed while others begin has the next turn", async () => {
  const queue = new TurnQueue();
  const log: string[] = [];
  queue.push(() => {
    log.push("first");
    queue.push(() => log.push("next"));
  });
  queue.push(() => log.push("second"));
  await settle();
  assert.deepEqual(log, ["first", "second"]);
  await settle();
  assert.deepEqual(log, ["first", "second", "next"]);
});
