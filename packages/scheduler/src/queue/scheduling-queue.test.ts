import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import { countVisits, FakeClock } from "@dingi/base";
import type { ClusterEvent } from "../framework/cluster-event.ts";
import { SUCCESS, unresolvable, type Plugin } from "../framework/plugin.ts";
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

test("what is written into its status is no reason to try a pod again, a new toleration is", async () => {
  const clock = new FakeClock();
  const hint = { resource: "TargetPod", actions: ["UpdatePodToleration"], worthTrying: () => true } as const;
  const taint: Plugin = { name: "Taint", hints: [hint] };
  const queue = new SchedulingQueue(clock, [taint]);
  const pod = podOf({}, { uid: "a", labels: { app: "web" } });
  const other = podOf({}, { uid: "b" });
  for (const each of [pod, other]) {
    queue.set(each);
    queue.reject((await queue.pop(signal))!, new Set(["Taint"]));
  }
  queue.set({ ...pod, metadata: { ...pod.metadata, labels: { app: "web" } }, status: { nominatedNodeName: "n" } });
  assert.equal(queue.counts.unschedulable, 2);
  queue.set({ ...pod, spec: { ...pod.spec, tolerations: [{ operator: "Exists" }] } });
  assert.deepEqual([queue.counts.unschedulable, queue.counts.backoff], [1, 1]);
});

test("the highest priority among those that came back is first, and who was tried last comes last", async () => {
  const clock = new FakeClock();
  const queue = new SchedulingQueue(clock, []);
  for (const uid of ["a", "b"]) {
    queue.set(podOf({}, { uid }));
    await clock.advance(10);
  }
  queue.reject((await queue.pop(signal))!, new Set());
  await clock.advance(1000);
  assert.equal((await queue.pop(signal))?.metadata.uid, "b");
  assert.equal((await queue.pop(signal))?.metadata.uid, "a");
});

test("a pod that was in flight through more events than are kept is tried again", async () => {
  const queue = new SchedulingQueue(new FakeClock(), [fit]);
  const pod = podOf({}, { uid: "a" });
  queue.set(pod);
  await queue.pop(signal);
  for (let i = 0; i < 25_000; i++) queue.observe({ ...nodeAdded, action: "Delete" });
  queue.reject(pod, new Set(["Fit"]));
  assert.equal(queue.counts.backoff, 1);
});

test("events are kept only as long as somebody in flight may have missed them", async () => {
  const queue = new SchedulingQueue(new FakeClock(), [fit]);
  const [early, late] = [podOf({}, { uid: "early" }), podOf({}, { uid: "late" })];
  queue.set(early);
  queue.set(late);
  await queue.pop(signal);
  queue.observe(nodeAdded);
  await queue.pop(signal);
  queue.reject(early, new Set(["Fit"]));
  queue.reject(late, new Set(["Fit"]));
  assert.deepEqual([queue.counts.backoff, queue.counts.unschedulable], [1, 1]);
});

for (const action of ["Add", "Delete"] as const)
  test(`what has happened stays known to one in flight when an older one has landed: ${action}`, async () => {
    const queue = new SchedulingQueue(new FakeClock(), [fit]);
    const [early, late] = [podOf({}, { uid: "early" }), podOf({}, { uid: "late" })];
    queue.set(early);
    queue.set(late);
    await queue.pop(signal);
    for (let i = 0; i < 5; i++) queue.observe({ ...nodeAdded, action: "Delete" });
    await queue.pop(signal);
    queue.observe({ ...nodeAdded, action });
    queue.done("early");
    queue.reject(late, new Set(["Fit"]));
    assert.equal(queue.counts.backoff, action === "Add" ? 1 : 0);
  });

test("another pod's change is nothing to one in flight", async () => {
  const hint = { resource: "TargetPod", actions: ["UpdatePodToleration"], worthTrying: () => true } as const;
  const queue = new SchedulingQueue(new FakeClock(), [{ name: "Taint", hints: [hint] }]);
  const [pod, other] = [podOf({}, { uid: "a" }), podOf({}, { uid: "b" })];
  for (const each of [pod, other]) {
    queue.set(each);
    await queue.pop(signal);
  }
  queue.set({ ...other, spec: { ...other.spec, tolerations: [{ operator: "Exists" }] } });
  for (const each of [pod, other]) queue.reject(each, new Set(["Taint"]));
  assert.deepEqual([queue.counts.unschedulable, queue.counts.backoff], [1, 1]);
});

test("the timer is set anew only for what is due earlier", async () => {
  const clock = new FakeClock();
  let timers = 0;
  const counting = Object.assign(Object.create(clock) as FakeClock, {
    monotonic: () => clock.monotonic(),
    timer: (ms: number, fn: () => void) => (timers++, clock.timer(ms, fn)),
  });
  const queue = new SchedulingQueue(counting, []);
  for (let i = 0; i < 100; i++) {
    queue.set(podOf({}, { uid: String(i) }));
    queue.reject((await queue.pop(signal))!, new Set());
  }
  assert.equal(timers, 1);
  await clock.advance(1000);
  assert.equal(queue.counts.active, 100);
});

/** What one pod's way through the queue costs beside others that are active, back off, wait, are gated and in flight. */
async function costBeside(count: number): Promise<{ readonly visits: number; readonly reads: number }> {
  const clock = new FakeClock();
  let reads = 0;
  const gate: Plugin = {
    name: "Gate",
    preEnqueue: ({ spec }) => (spec.schedulingGates ? unresolvable("gated") : SUCCESS),
  };
  const queue = new SchedulingQueue(clock, [fit, gate]);
  const add = (place: string, priority: number): void => {
    for (let i = 0; i < count; i++) {
      const spec: V1Pod["spec"] = {
        containers: [],
        ...(place === "gated" ? { schedulingGates: [{ name: "x" }] } : {}),
      };
      Object.defineProperty(spec, "priority", { get: () => (reads++, priority), enumerable: true });
      queue.set(podOf(spec, { uid: `${place}-${i}` }));
    }
  };
  const rejectAll = async (by: string[]) => {
    for (let i = 0; i < count; i++) queue.reject((await queue.pop(signal))!, new Set(by));
  };
  add("unschedulable", 1);
  await rejectAll(["Fit"]);
  add("backoff", 1);
  await rejectAll([]);
  add("flying", 1);
  for (let i = 0; i < count; i++) await queue.pop(signal);
  add("gated", 1);
  add("active", 1);
  reads = 0;
  const visits = await countVisits(async () => {
    const pod = podOf({ priority: 9 }, { uid: "new" });
    queue.set(pod);
    const popped = await queue.pop(signal);
    queue.observe({ resource: "AssignedPod", action: "UpdatePodOther", before: pod, after: pod });
    queue.observe({ resource: "AssignedPod", action: "Add", before: pod, after: pod });
    queue.reject(popped!, new Set(["Fit"]));
    queue.retry("new");
    queue.set({ ...pod });
    queue.delete("new");
    queue.done("flying-7");
    void queue.counts;
  });
  return { visits, reads };
}

test("one pod costs among twenty thousand what it costs among two hundred", async () => {
  const [few, many] = [await costBeside(200), await costBeside(20_000)];
  assert.ok(many.visits <= few.visits + 20, `${few.visits} elements visited, then ${many.visits}`);
  // The depth of the heap.
  assert.ok(many.reads <= few.reads + 100, `${few.reads} priorities read, then ${many.reads}`);
});
