import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import { FakeClock } from "@dingi/base";
import { SUCCESS, unresolvable, type ClusterEvent, type Plugin } from "../framework/plugin.ts";
import { SchedulingQueue } from "./scheduling-queue.ts";

const podOf = (
  spec: Partial<V1Pod["spec"]>,
  metadata: V1Pod["metadata"] = {},
  status: V1Pod["status"] = {},
): V1Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata,
  spec: { containers: [], ...spec },
  status,
});
const { signal } = new AbortController();
const nodeAdded: ClusterEvent = { resource: "Node", action: "Add", before: undefined, after: undefined };
const fit: Plugin = {
  name: "Fit",
  hints: [{ resource: "Node", actions: ["Add"], worthTrying: () => true }],
};

test("hands out the highest priority first, then the one that waits longest", async () => {
  const clock = new FakeClock();
  const queue = new SchedulingQueue(clock, []);
  queue.set(podOf({}, { uid: "early" }));
  await clock.advance(1);
  queue.set(podOf({}, { uid: "late" }));
  queue.set(podOf({ priority: 5 }, { uid: "important" }));
  const order: (string | undefined)[] = [];
  for (let i = 0; i < 3; i++) order.push((await queue.pop(signal))?.metadata.uid);
  assert.deepEqual(order, ["important", "early", "late"]);
  assert.equal(queue.counts["in flight"], 3);
});

test("a pod that was turned down waits for an event that concerns it, and out its back-off", async () => {
  const clock = new FakeClock();
  const queue = new SchedulingQueue(clock, [fit]);
  const pod = podOf({}, { uid: "a" });
  queue.set(pod);
  await queue.pop(signal);
  queue.reject(pod, new Set(["Fit"]));
  queue.observe({ ...nodeAdded, action: "Delete" });
  assert.equal(queue.counts.unschedulable, 1);
  queue.observe(nodeAdded);
  assert.equal(queue.counts.backoff, 1);
  await clock.advance(999);
  assert.equal(queue.counts.backoff, 1);
  await clock.advance(1);
  assert.equal(queue.counts.active, 1);
});

test("an event while the pod is in flight is not missed", async () => {
  const queue = new SchedulingQueue(new FakeClock(), [fit]);
  const pod = podOf({}, { uid: "a" });
  queue.set(pod);
  await queue.pop(signal);
  queue.observe(nodeAdded);
  queue.reject(pod, new Set(["Fit"]));
  assert.equal(queue.counts.backoff, 1);
});

test("the back-off doubles up to ten seconds", async () => {
  const clock = new FakeClock();
  const queue = new SchedulingQueue(clock, []);
  const pod = podOf({}, { uid: "a" });
  queue.set(pod);
  for (const ms of [1000, 2000, 4000, 8000, 10_000, 10_000]) {
    await queue.pop(signal);
    queue.reject(pod, new Set());
    await clock.advance(ms - 1);
    assert.equal(queue.counts.backoff, 1);
    await clock.advance(1);
    assert.equal(queue.counts.active, 1);
  }
});

test("without any event a pod is tried again after five minutes", async () => {
  const clock = new FakeClock();
  const queue = new SchedulingQueue(clock, [fit]);
  const pod = podOf({}, { uid: "a" });
  queue.set(pod);
  await queue.pop(signal);
  queue.reject(pod, new Set(["Fit"]));
  await clock.advance(1000 + 5 * 60_000);
  assert.equal(queue.counts.active, 1);
});

test("a gated pod enters once its gate is gone", () => {
  const gate: Plugin = {
    name: "Gate",
    preEnqueue: ({ spec }) => ((spec.schedulingGates ?? []).length > 0 ? unresolvable("gated") : SUCCESS),
  };
  const queue = new SchedulingQueue(new FakeClock(), [gate]);
  queue.set(podOf({ schedulingGates: [{ name: "x" }] }, { uid: "a" }));
  assert.equal(queue.counts.gated, 1);
  queue.set(podOf({}, { uid: "a" }));
  assert.equal(queue.counts.active, 1);
});

test("a deleted pod is not handed out, and an abort ends the wait", async () => {
  const queue = new SchedulingQueue(new FakeClock(), []);
  const stop = new AbortController();
  queue.set(podOf({}, { uid: "a" }));
  queue.delete("a");
  const popped = queue.pop(stop.signal);
  stop.abort();
  assert.equal(await popped, undefined);
});

test("a pod can be tried again without an event", async () => {
  const clock = new FakeClock();
  const queue = new SchedulingQueue(clock, [fit]);
  queue.set(podOf({}, { uid: "a" }));
  queue.reject((await queue.pop(signal))!, new Set(["Fit"]));
  assert.equal(queue.counts.unschedulable, 1);
  queue.retry("a");
  assert.equal(queue.counts.backoff, 1);
  await clock.advance(1000);
  assert.equal(queue.counts.active, 1);
});
