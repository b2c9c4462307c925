import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Node, V1Pod } from "@dingi/api";
import { newConflict, newNotFound } from "@dingi/apimachinery";
import { settle } from "@dingi/base";
import { SUCCESS, unschedulable, type Plugin } from "./framework/plugin.ts";
import { defaultPreemption } from "./plugins/defaultpreemption/default-preemption.ts";
import { nodeResourcesFit } from "./plugins/noderesources/fit.ts";
import { FakeCluster } from "./testing/fake-cluster.ts";
import { nodeOf, podOf } from "./testing/objects.ts";

const room = (name: string): V1Node => nodeOf({}, { cpu: "1", pods: "10" }, name);
const pod = (name: string, priority: number, node?: string): V1Pod =>
  podOf(
    {
      priority,
      containers: [{ name: "c", resources: { requests: { cpu: "1" } } }],
      ...(node === undefined ? {} : { nodeName: node }),
    },
    { name, namespace: "ns", uid: name, labels: { app: name } },
  );
const ending = (victim: V1Pod): V1Pod => ({
  ...victim,
  metadata: { ...victim.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
  status: { conditions: [{ type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler" }] },
});
const nominated = (one: V1Pod, node: string): V1Pod => ({ ...one, status: { nominatedNodeName: node } });
const preempting = () => new FakeCluster([nodeResourcesFit, defaultPreemption(() => [])]);
const written = ({ calls }: FakeCluster, verb: string): string[] => calls.filter((call) => call.startsWith(verb));

/** Two full nodes, and one pod that is important enough for either. */
async function preemption(cluster: FakeCluster): Promise<{ preemptor: V1Pod; victim: V1Pod; node: string }> {
  const [a, b] = [pod("a", 1, "node-a"), pod("b", 1, "node-b")];
  await cluster.show("ADDED", room("node-a"), room("node-b"), a, b);
  const preemptor = pod("preemptor", 9);
  await cluster.show("ADDED", preemptor);
  const victim = written(cluster, "delete")[0] === "delete a" ? a : b;
  return { preemptor, victim, node: victim.spec.nodeName! };
}

test("who makes room on one node takes nothing away on another, however late the informers show it", async () => {
  await using cluster = preempting();
  const { preemptor, victim, node } = await preemption(cluster);
  assert.equal(written(cluster, "delete").length, 1);
  const other = node === "node-a" ? "node-b" : "node-a";
  const step = async (pods: string) => {
    // Whatever could make it be tried again: another node's change, and time.
    await cluster.show("MODIFIED", nodeOf({}, { cpu: "1", pods }, other));
    await cluster.clock.advance(20_000);
    assert.equal(written(cluster, "delete").length, 1);
  };
  await step("11");
  await cluster.show("MODIFIED", ending(victim));
  // Now the other node would be the better choice, were there still one.
  await cluster.show("MODIFIED", pod(other === "node-a" ? "a" : "b", 0, other));
  await step("12");
  await cluster.show("MODIFIED", nominated(preemptor, node));
  await step("13");
  await cluster.show("DELETED", victim);
  await cluster.clock.advance(20_000);
  assert.deepEqual(written(cluster, "bind"), [`bind preemptor ${node}`]);
});

test("a victim that is gone before the deletion is answered is not waited for again", async () => {
  await using cluster = preempting();
  const answer = Promise.withResolvers<void>();
  cluster.onWrite = (call) => (call.startsWith("delete") ? answer.promise : undefined);
  const { victim, node } = await preemption(cluster);
  await cluster.show("MODIFIED", ending(victim));
  await cluster.show("DELETED", victim);
  answer.resolve();
  await cluster.clock.advance(1000);
  assert.deepEqual(written(cluster, "bind"), [`bind preemptor ${node}`]);
});

test("a victim that goes by itself while the condition is being written is seen to go", async () => {
  await using cluster = preempting();
  const answer = Promise.withResolvers<void>();
  cluster.onWrite = (call) => (call.startsWith("status preemptor") ? answer.promise : undefined);
  const [a, b] = [pod("a", 0, "node-a"), pod("b", 1, "node-b")];
  await cluster.show("ADDED", room("node-a"), room("node-b"), a, b);
  await cluster.show("ADDED", pod("preemptor", 9));
  await cluster.show("DELETED", a);
  answer.resolve();
  await cluster.clock.advance(1000);
  assert.deepEqual(written(cluster, "bind"), ["bind preemptor node-a"]);
});

test("what cannot be taken away is let be, and room looked for again", async () => {
  await using cluster = preempting();
  cluster.onWrite = (call) => {
    if (call.startsWith("delete") && written(cluster, "delete").length === 1)
      throw newConflict({ group: "", resource: "pods" }, "a", "it was changed");
  };
  await preemption(cluster);
  assert.equal(written(cluster, "delete").length, 1);
  await cluster.clock.advance(1000);
  assert.equal(written(cluster, "delete").length, 2);
});

test("the next search begins after the nodes that were looked at, whether they fitted or not", async () => {
  const looked: string[] = [];
  const choosy: Plugin = {
    name: "Choosy",
    filter: (_state, _pod, { name }) => {
      looked.push(name);
      return Number(name) % 2 === 0 ? SUCCESS : unschedulable("odd");
    },
  };
  await using cluster = new FakeCluster([choosy]);
  await cluster.show("ADDED", ...Array.from({ length: 400 }, (_, i) => room(String(i))));
  await cluster.show("ADDED", pod("a", 1));
  const first = looked.splice(0);
  await cluster.show("ADDED", pod("b", 1));
  assert.equal(Number(looked[0]), first.length);
});

test("a plugin that lets pods wait holds back their binding, and frees what it turns down in the end", async () => {
  const held: string[] = [];
  const patient: Plugin = {
    name: "Patient",
    reserve: (_state, { metadata }) => (held.push(`reserve ${metadata.name}`), SUCCESS),
    permit: () => ({ code: "wait", timeoutMs: 5000 }),
    unreserve: (_state, { metadata }) => void held.push(`unreserve ${metadata.name}`),
  };
  await using cluster = new FakeCluster([nodeResourcesFit, patient]);
  await cluster.show("ADDED", room("n"), pod("a", 1));
  await cluster.clock.advance(4999);
  assert.deepEqual([held, written(cluster, "bind")], [["reserve a"], []]);
  await cluster.clock.advance(1);
  assert.deepEqual(held, ["reserve a", "unreserve a"]);
  await cluster.show("ADDED", pod("b", 9));
  assert.deepEqual(held.at(-1), "reserve b");
});

test("a pod that waits is bound once it is allowed, and leaves its room at once when it goes", async () => {
  const freed: (string | undefined)[] = [];
  const patient: Plugin = {
    name: "Patient",
    permit: () => ({ code: "wait", timeoutMs: 60_000 }),
    unreserve: (_state, { metadata }) => void freed.push(metadata.name),
  };
  await using cluster = new FakeCluster([nodeResourcesFit, patient]);
  const a = pod("a", 1);
  await cluster.show("ADDED", room("n"), a);
  await cluster.show("DELETED", a);
  assert.deepEqual(freed, ["a"]);
  await cluster.show("ADDED", pod("b", 1));
  assert.deepEqual(written(cluster, "bind"), []);
  cluster.scheduler.waitingPods.allow("b", "Patient");
  await settle();
  assert.deepEqual(written(cluster, "bind"), ["bind b n"]);
});

test("a pod that goes while it waits to be bound leaves its room to others", async () => {
  await using cluster = new FakeCluster([nodeResourcesFit]);
  const answer = Promise.withResolvers<void>();
  cluster.onWrite = (call) => (call === "bind a n" ? answer.promise : undefined);
  const [a, b] = [pod("a", 1), pod("b", 1)];
  await cluster.show("ADDED", room("n"), a);
  await cluster.show("ADDED", b);
  answer.resolve();
  await settle();
  await cluster.show("DELETED", a);
  await cluster.clock.advance(2000);
  assert.deepEqual(written(cluster, "bind"), ["bind a n", "bind b n"]);
});

test("a pod that a plugin does not permit is not bound, and waits for what that plugin waits for", async () => {
  let open = false;
  const strict: Plugin = {
    name: "Strict",
    permit: () => (open ? SUCCESS : unschedulable("closed")),
    hints: [{ resource: "Node", actions: ["UpdateNodeLabel"], worthTrying: () => true }],
  };
  await using cluster = new FakeCluster([nodeResourcesFit, strict]);
  await cluster.show("ADDED", room("n"), pod("a", 1));
  open = true;
  await cluster.clock.advance(20_000);
  assert.deepEqual(written(cluster, "bind"), []);
  const labelled = room("n");
  await cluster.show("MODIFIED", { ...labelled, metadata: { ...labelled.metadata, labels: { open: "yes" } } });
  await cluster.clock.advance(1000);
  assert.deepEqual(written(cluster, "bind"), ["bind a n"]);
});

test("who loses the room that was being made for it looks for another", async () => {
  await using cluster = preempting();
  const { preemptor, victim, node } = await preemption(cluster);
  await cluster.show("MODIFIED", ending(victim), nominated(preemptor, node));
  await cluster.clock.advance(20_000);
  assert.equal(written(cluster, "delete").length, 1);
  await cluster.show("MODIFIED", preemptor);
  await cluster.clock.advance(20_000);
  assert.ok(written(cluster, "delete").length + written(cluster, "status preemptor").length > 2);
});

test("a heartbeat and others' statuses wake nobody, the end of a pod does", async () => {
  let attempts = 0;
  const counting: Plugin = { name: "Counting", preFilter: () => (attempts++, SUCCESS) };
  await using cluster = new FakeCluster([counting, nodeResourcesFit]);
  const there = pod("there", 1, "n");
  await cluster.show("ADDED", room("n"), there, pod("a", 1));
  assert.equal(attempts, 1);
  const node = room("n");
  await cluster.show("MODIFIED", { ...node, status: { ...node.status, images: [{ names: ["x"] }] } });
  await cluster.show("MODIFIED", { ...there, status: { phase: "Running" } });
  await cluster.clock.advance(20_000);
  assert.equal(attempts, 1);
  await cluster.show("DELETED", there);
  await cluster.clock.advance(1000);
  assert.equal(attempts, 2);
});

const SEARCHES: readonly (readonly [nodes: number, looked: number])[] = [
  [3, 3],
  [99, 99],
  [100, 100],
  [250, 120],
  [1000, 420],
  [6000, 300],
];
for (const [count, wanted] of SEARCHES)
  test(`among ${count} nodes that fit it looks for ${wanted}`, async () => {
    let looked = 0;
    const easy: Plugin = { name: "Easy", filter: () => (looked++, SUCCESS) };
    await using cluster = new FakeCluster([easy]);
    await cluster.show("ADDED", ...Array.from({ length: count }, (_, i) => room(String(i))));
    await cluster.show("ADDED", pod("a", 1));
    assert.equal(looked, wanted);
  });

const conditionOf = (call: string) => (JSON.parse(call.slice(call.indexOf("{"))) as V1Pod["status"]).conditions![0]!;

test("a pod that fits nowhere is told so in its status, once for as long as the reason is the same", async () => {
  await using cluster = new FakeCluster([nodeResourcesFit]);
  const waiting = { ...pod("a", 1), metadata: { ...pod("a", 1).metadata, generation: 3 } };
  await cluster.show("ADDED", waiting);
  const first = conditionOf(written(cluster, "status a {")[0]!);
  const { lastTransitionTime, ...rest } = first;
  assert.ok(lastTransitionTime);
  assert.deepEqual(rest, {
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    message: "no nodes available to schedule pods",
    observedGeneration: 3,
  });
  await cluster.show("MODIFIED", { ...waiting, status: { conditions: [first] } });
  await cluster.clock.advance(6 * 60_000);
  assert.equal(written(cluster, "status a {").length, 1);
  await cluster.show("ADDED", nodeOf({}, { cpu: "500m", pods: "10" }, "small"));
  await cluster.clock.advance(6 * 60_000);
  const second = conditionOf(written(cluster, "status a {")[1]!);
  assert.equal(second.message, "0/1 nodes are available: 1 Insufficient cpu.");
  assert.equal(second.lastTransitionTime, lastTransitionTime);
});

test("a condition that said otherwise before begins anew, and one that cannot be written is tried with the pod", async () => {
  await using cluster = new FakeCluster([nodeResourcesFit]);
  cluster.onWrite = (call) => {
    if (call.startsWith("status") && written(cluster, "status").length === 1) throw new Error("The network is down");
  };
  const before = { type: "PodScheduled", status: "True", lastTransitionTime: "2020-01-01T00:00:00Z" };
  await cluster.show("ADDED", { ...pod("a", 1), status: { conditions: [before] } });
  await cluster.clock.advance(6 * 60_000);
  const calls = written(cluster, "status a {");
  assert.ok(calls.length >= 2);
  assert.notEqual(conditionOf(calls[0]!).lastTransitionTime, before.lastTransitionTime);
});

test("pods of other schedulers, of none, and those that are over or going are left alone", async () => {
  await using cluster = new FakeCluster([nodeResourcesFit]);
  const named = (name: string, schedulerName: string): V1Pod => {
    const one = pod(name, 1);
    return { ...one, spec: { ...one.spec, schedulerName } };
  };
  await cluster.show("ADDED", nodeOf({}, { cpu: "8", pods: "10" }, "n"));
  await cluster.show("ADDED", named("other", "mine"), named("own", "default-scheduler"), named("none", ""));
  await cluster.show("ADDED", { ...pod("over", 1), status: { phase: "Failed" } }, ending(pod("going", 1)));
  await cluster.clock.advance(10_000);
  assert.deepEqual(written(cluster, "bind").sort(), ["bind none n", "bind own n"]);
});

for (const [what, again] of [
  ["conflict", true],
  ["failure", true],
  ["gone", false],
] as const)
  test(`a binding that ends in "${what}" frees its room and is ${again ? "tried again" : "given up"}`, async () => {
    await using cluster = new FakeCluster([nodeResourcesFit]);
    const resource = { group: "", resource: "pods" };
    cluster.onWrite = (call) => {
      if (call !== "bind a n" || written(cluster, "bind a").length > 1) return;
      if (what === "conflict") throw newConflict(resource, "a", "it was changed");
      throw what === "gone" ? newNotFound(resource, "a") : new Error("The network is down");
    };
    await cluster.show("ADDED", room("n"), pod("a", 1));
    if (!again) await cluster.show("ADDED", pod("b", 1));
    await cluster.clock.advance(5000);
    assert.deepEqual(written(cluster, "bind"), ["bind a n", again ? "bind a n" : "bind b n"]);
  });

test("a node that goes is not scheduled to, and its pods count again when it is back", async () => {
  await using cluster = new FakeCluster([nodeResourcesFit]);
  await cluster.show("ADDED", room("n"), pod("there", 1, "n"));
  await cluster.show("DELETED", room("n"));
  await cluster.show("ADDED", pod("a", 1));
  await cluster.show("ADDED", room("n"));
  await cluster.clock.advance(5000);
  assert.deepEqual(written(cluster, "bind"), []);
  await cluster.show("DELETED", pod("there", 1, "n"));
  await cluster.clock.advance(5000);
  assert.deepEqual(written(cluster, "bind"), ["bind a n"]);
});

test("a pod that ends on its node makes room, and one that shrinks there, too", async () => {
  for (const freed of [
    { ...pod("there", 1, "n"), status: { phase: "Succeeded" } },
    { ...pod("there", 1, "n"), spec: { ...pod("there", 1, "n").spec, containers: [] } },
  ]) {
    await using cluster = new FakeCluster([nodeResourcesFit]);
    await cluster.show("ADDED", room("n"), pod("there", 1, "n"), pod("a", 1));
    await cluster.clock.advance(5000);
    assert.deepEqual(written(cluster, "bind"), []);
    await cluster.show("MODIFIED", freed);
    await cluster.clock.advance(5000);
    assert.deepEqual(written(cluster, "bind"), ["bind a n"]);
  }
});
