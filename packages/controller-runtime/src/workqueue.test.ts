import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "@dingi/base";
import { Workqueue } from "./workqueue.ts";

test("hands keys out in order and queues none twice", async () => {
  const queue = new Workqueue(new FakeClock());
  const { signal } = new AbortController();
  for (const key of ["a", "b", "a"]) queue.add(key);
  assert.equal(queue.length, 2);
  assert.equal(await queue.take(signal), "a");
  assert.equal(await queue.take(signal), "b");
  assert.equal(queue.length, 0);
});

test("hands a key out again only after it is done when it was added meanwhile", async () => {
  const queue = new Workqueue(new FakeClock());
  const { signal } = new AbortController();
  queue.add("a");
  await queue.take(signal);
  queue.add("a");
  assert.equal(queue.length, 0);
  queue.done("a");
  assert.equal(await queue.take(signal), "a");
  queue.done("a");
  assert.equal(queue.length, 0);
});

test("wakes a waiting worker by a key, and by an abort", async () => {
  const queue = new Workqueue(new FakeClock());
  const stop = new AbortController();
  const first = queue.take(stop.signal);
  queue.add("a");
  assert.equal(await first, "a");
  const second = queue.take(stop.signal);
  stop.abort();
  assert.equal(await second, undefined);
});

test("of several delays the earlier counts", async () => {
  const clock = new FakeClock();
  const queue = new Workqueue(clock);
  queue.addAfter("a", 100);
  queue.addAfter("a", 50);
  queue.addAfter("a", 200);
  assert.equal(clock.pending, 1);
  await clock.advance(49);
  assert.equal(queue.length, 0);
  await clock.advance(1);
  assert.equal(queue.length, 1);
});

test("waits twice as long after each failure until it is forgotten", async () => {
  const clock = new FakeClock();
  const queue = new Workqueue(clock);
  const { signal } = new AbortController();
  for (const ms of [5, 10, 20]) {
    queue.addRateLimited("a");
    await clock.advance(ms - 1);
    assert.equal(queue.length, 0);
    await clock.advance(1);
    assert.equal(await queue.take(signal), "a");
    queue.done("a");
  }
  assert.equal(queue.failures("a"), 3);
  queue.forget("a");
  assert.equal(queue.failures("a"), 0);
});

test("lets go of its timers when disposed", () => {
  const clock = new FakeClock();
  const queue = new Workqueue(clock);
  queue.addAfter("a", 10);
  queue[Symbol.dispose]();
  assert.equal(clock.pending, 0);
});

test("what waits for no time is there at once", () => {
  const queue = new Workqueue(new FakeClock());
  queue.addAfter("a", 0);
  queue.addAfter("b", -1);
  assert.equal(queue.length, 2);
});

test("who waits is handed a key that was added while another worked on it, as soon as that is done", async () => {
  const queue = new Workqueue(new FakeClock());
  const { signal } = new AbortController();
  queue.add("a");
  assert.equal(await queue.take(signal), "a");
  queue.add("a");
  const next = queue.take(signal);
  assert.equal(queue.length, 0);
  queue.done("a");
  assert.equal(await next, "a");
  queue.done("a");
  assert.equal(queue.length, 0);
});

test("a delay that has passed is over, and one that is not ahead is none", async () => {
  const clock = new FakeClock();
  using queue = new Workqueue(clock);
  const { signal } = new AbortController();
  queue.addAfter("now", 0);
  assert.equal(queue.length, 1);
  queue.done((await queue.take(signal))!);
  queue.addAfter("a", 100);
  queue.addAfter("a", 200);
  queue.addAfter("a", 50);
  await clock.advance(50);
  assert.equal(queue.length, 1);
  queue.done((await queue.take(signal))!);
  await clock.advance(500);
  assert.equal(queue.length, 0);
  queue.addAfter("a", 100);
  await clock.advance(100);
  assert.equal(queue.length, 1);
});
