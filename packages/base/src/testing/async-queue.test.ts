import assert from "node:assert/strict";
import { test } from "node:test";
import { AsyncQueue } from "./async-queue.ts";

test("items come out in order, and iteration ends after what was queued", async () => {
  const queue = new AsyncQueue<number>();
  for (let i = 0; i < 200; i++) queue.push(i);
  queue.end();
  assert.equal(queue.push(200), false);
  assert.deepEqual(
    await Array.fromAsync(queue),
    Array.from({ length: 200 }, (_, i) => i),
  );
});

test("a waiting taker gets the next item and the next waiter the one after", async () => {
  const queue = new AsyncQueue<string>();
  const both = Promise.all([queue.take(), queue.take()]);
  queue.push("a");
  queue.push("b");
  assert.deepEqual(
    (await both).map((result) => result.value),
    ["a", "b"],
  );
});

test("an aborted taker takes nothing", async () => {
  const queue = new AsyncQueue<string>();
  const controller = new AbortController();
  const aborted = queue.take(controller.signal);
  controller.abort(new Error("Stopped"));
  await assert.rejects(aborted, /Stopped/);
  queue.push("a");
  assert.equal(queue.size, 1);
  await assert.rejects(queue.take(controller.signal), /Stopped/);
});

test("a failure reaches those who wait and those who come later", async () => {
  const queue = new AsyncQueue<string>();
  const waiting = queue.take();
  queue.fail(new Error("Too slow"));
  await assert.rejects(waiting, /Too slow/);
  await assert.rejects(queue.take(), /Too slow/);
});

test("drain empties the queue at once", () => {
  const queue = new AsyncQueue<number>();
  for (let i = 0; i < 5; i++) queue.push(i);
  assert.deepEqual([queue.drain(), queue.size], [[0, 1, 2, 3, 4], 0]);
});
