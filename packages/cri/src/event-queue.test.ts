import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "@dingi/base";
import { EventQueue } from "./event-queue.ts";

test("what waits is read at once, and what was pushed before a failure too", async () => {
  const queue = new EventQueue<number>();
  const batches = queue.batches(new AbortController().signal);
  queue.push(1);
  queue.push(2);
  assert.deepEqual((await batches.next()).value, [1, 2]);
  const next = batches.next();
  await settle();
  queue.push(3);
  queue.fail(new Error("gone"));
  queue.push(4);
  assert.deepEqual((await next).value, [3]);
  await assert.rejects(batches.next(), /gone/);
});

test("an abort ends a reader that waits", async () => {
  const stop = new AbortController();
  const next = new EventQueue<number>().batches(stop.signal).next();
  await settle();
  stop.abort();
  assert.equal((await next).done, true);
});

test("a reader that hangs is told to list again instead of filling memory", async () => {
  const queue = new EventQueue<number>();
  for (let i = 0; i < 200_000; i++) queue.push(i);
  const batches = queue.batches(new AbortController().signal);
  assert.equal(((await batches.next()).value as number[]).length, 100_000);
  await assert.rejects(batches.next(), { code: "ResourceExhausted" });
});
