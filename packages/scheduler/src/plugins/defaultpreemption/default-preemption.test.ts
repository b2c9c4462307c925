import assert from "node:assert/strict";
import { test } from "node:test";
import { systemRandom } from "@dingi/base";
import type { V1Pod } from "@dingi/api";
import type { NodeInfo } from "../../cache/node-info.ts";
import { Framework } from "../../framework/framework.ts";
import { nodeResourcesFit } from "../noderesources/fit.ts";
import { asking, nodeWith, podWith } from "../scheduler-fixture.ts";
import type { DisruptionBudget } from "./disruption-budgets.ts";
import { defaultPreemption } from "./default-preemption.ts";
import { snapshotOf } from "../../cache/snapshot.ts";

let budgets: DisruptionBudget[] = [];
const framework = new Framework(
  [nodeResourcesFit, defaultPreemption(() => budgets)].map((plugin) => ({ plugin, weight: 1 })),
);
const room = { allocatable: { cpu: "2", pods: "10" } };

/** "node: victims", or why there is no room. */
function outcome(pod: V1Pod, nodes: readonly NodeInfo[], rivals: readonly V1Pod[] = []): string {
  const nominated = () => rivals;
  const found = framework.findFeasible(pod, snapshotOf(nodes), { wanted: nodes.length, start: 0, nominated });
  assert.ok("failures" in found);
  const { nominatedNodeName: nominatedNode } = pod.status;
  const result = framework.postFilter(pod, found, { nominatedNode, random: systemRandom, now: 0, nominated })!;
  return "node" in result ? `${result.node}: ${result.victims.map(({ metadata }) => metadata.name)}` : result.message;
}

const prio = (priority: number, cpu = "1", status: V1Pod["status"] = {}): V1Pod => ({
  ...asking({ cpu }, { priority }),
  status,
});

test("takes the least important, and no more than are needed", () => {
  const [low, middle] = [prio(1), prio(2)];
  const nodes = [nodeWith("n", { ...room, pods: [middle, low] })];
  assert.equal(outcome(prio(5), nodes), `n: ${low.metadata.name}`);
  assert.equal(outcome(prio(5, "2"), nodes), `n: ${middle.metadata.name},${low.metadata.name}`);
});

test("takes nothing that is as important, and says so", () => {
  const nodes = [nodeWith("n", { ...room, pods: [prio(5), prio(5)] })];
  assert.equal(
    outcome(prio(5), nodes),
    "preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
  );
  assert.equal(
    outcome(prio(9, "3"), nodes),
    "preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
  );
});

test("goes where the least is lost", () => {
  const started = (startTime: string) => ({ startTime });
  const full = (name: string, ...pods: V1Pod[]) => nodeWith(name, { ...room, pods });
  const pod = prio(9, "2");
  const names = (...nodes: NodeInfo[]) => outcome(pod, nodes).split(":")[0];
  assert.equal(names(full("high", prio(3, "2")), full("low", prio(2, "2"))), "low");
  assert.equal(names(full("sum", prio(3), prio(2)), full("less", prio(3), prio(1))), "less");
  assert.equal(names(full("two", prio(3), prio(0)), full("one", prio(3, "2"))), "one");
  assert.equal(
    names(
      full("old", prio(3, "2", started("2026-01-01T00:00:00Z"))),
      full("new", prio(3, "2", started("2026-01-02T00:00:00Z"))),
    ),
    "new",
  );
});

test("does not preempt twice while the first victims are still going, nor when it never may", () => {
  const going = prio(1, "2", {
    conditions: [{ type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler" }],
  });
  const ending = { ...going, metadata: { ...going.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
  const nodes = [nodeWith("n", { ...room, pods: [ending] })];
  const nominated = prio(9, "2", { nominatedNodeName: "n" });
  assert.equal(outcome(nominated, nodes), "preemption: not eligible due to a terminating pod on the nominated node.");
  const never = asking({ cpu: "2" }, { priority: 9, preemptionPolicy: "Never" });
  assert.equal(outcome(never, nodes), "preemption: not eligible due to preemptionPolicy=Never.");
});

test("room that is made for one is not given to another that is not more important", () => {
  const nodes = [nodeWith("n", room)];
  const rival = prio(5, "2");
  const search = { wanted: 1, start: 0, nominated: () => [rival] };
  assert.ok("failures" in framework.findFeasible(prio(4), snapshotOf(nodes), search));
  assert.ok("nodes" in framework.findFeasible(prio(6), snapshotOf(nodes), search));
  assert.ok("nodes" in framework.findFeasible(rival, snapshotOf(nodes), search));
  assert.ok("nodes" in framework.findFeasible(podWith({ priority: 4 }), snapshotOf(nodes), search));
});

test("the nominated node is tried first", () => {
  const nodes = [nodeWith("a", room), nodeWith("b", room)];
  const found = framework.findFeasible(prio(1), snapshotOf(nodes), { wanted: 2, start: 0, prefer: "b" });
  assert.deepEqual("nodes" in found && found.nodes.map(({ name }) => name), ["b"]);
});

test("spares those whose end a budget forbids, if it can", () => {
  const guarded = (priority: number): V1Pod => {
    const pod = prio(priority);
    return { ...pod, metadata: { ...pod.metadata, labels: { app: "web" } } };
  };
  const budget = (disruptionsAllowed: number) => ({
    metadata: { name: "b", namespace: "ns" },
    spec: { selector: { matchLabels: { app: "web" } } },
    status: { disruptionsAllowed },
  });
  const [low, middle] = [guarded(1), prio(2)];
  const nodes = [nodeWith("n", { ...room, pods: [low, middle] })];
  budgets = [budget(0)];
  assert.equal(outcome(prio(5), nodes), `n: ${middle.metadata.name}`);
  assert.equal(outcome(prio(5, "2"), nodes), `n: ${middle.metadata.name},${low.metadata.name}`);
  const other = nodeWith("other", { ...room, pods: [prio(4), prio(4)] });
  assert.equal(outcome(prio(5, "2"), [...nodes, other]).split(":")[0], "other");
  budgets = [budget(1)];
  assert.equal(outcome(prio(5), nodes), `n: ${low.metadata.name}`);
  budgets = [];
});

const dying = (
  pod: V1Pod,
  condition: { type?: string; status?: string; reason?: string } = {},
  deletionTimestamp: string | undefined = "2026-01-01T00:00:00Z",
): V1Pod => ({
  ...pod,
  metadata: { ...pod.metadata, ...(deletionTimestamp === "" ? {} : { deletionTimestamp }) },
  status: {
    conditions: [{ type: "DisruptionTarget", status: "True", reason: "PreemptionByScheduler", ...condition }],
  },
});
const NOT_YET = "preemption: not eligible due to a terminating pod on the nominated node.";
const WAITS: readonly (readonly [string, V1Pod, boolean])[] = [
  ["a victim that is going", dying(prio(1, "2")), true],
  ["one that goes for another reason", dying(prio(1, "2"), { reason: "EvictionByEvictionAPI" }), false],
  ["one whose condition is not true", dying(prio(1, "2"), { status: "False" }), false],
  ["another condition", dying(prio(1, "2"), { type: "Ready" }), false],
  ["one that has not begun to go", dying(prio(1, "2"), {}, ""), false],
  ["one that goes and is as important", dying(prio(9, "2")), false],
];
for (const [what, other, waits] of WAITS)
  test(`on the nominated node ${what} is ${waits ? "" : "not "}waited for`, () => {
    const nodes = [nodeWith("n", { ...room, pods: [other] }), nodeWith("m", { ...room, pods: [prio(1, "2")] })];
    const result = outcome(prio(9, "2", { nominatedNodeName: "n" }), nodes);
    assert.equal(result === NOT_YET, waits);
    assert.notEqual(outcome(prio(9, "2", { nominatedNodeName: "m" }), nodes), NOT_YET);
    assert.notEqual(outcome(prio(9, "2"), nodes), NOT_YET);
  });

test("a nominated node that can never hold the pod is not waited for", () => {
  const nodes = [nodeWith("n", { ...room, pods: [dying(prio(1, "2"))] })];
  assert.notEqual(outcome(prio(9, "3", { nominatedNodeName: "n" }), nodes), NOT_YET);
});

test("whether the nomination is of no use any more is told", () => {
  const verdict = (pod: V1Pod, nodes: readonly NodeInfo[]) => {
    const nominated = () => [];
    const found = framework.findFeasible(pod, snapshotOf(nodes), { wanted: 1, start: 0, nominated });
    assert.ok("failures" in found);
    const { nominatedNodeName: nominatedNode } = pod.status;
    const result = framework.postFilter(pod, found, { nominatedNode, random: systemRandom, now: 0, nominated })!;
    return "clear" in result ? result.clear : undefined;
  };
  assert.equal(verdict(prio(9), []), false);
  assert.equal(
    verdict(asking({ cpu: "2" }, { preemptionPolicy: "Never" }), [nodeWith("n", { allocatable: {} })]),
    false,
  );
  assert.equal(verdict(prio(1, "2"), [nodeWith("n", { ...room, pods: [prio(5)] })]), true);
});

test("who runs longest is spared among those that are as important", () => {
  const at = (startTime: string) => prio(1, "1", { startTime });
  const [old, young] = [at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z")];
  for (const pods of [
    [old, young],
    [young, old],
  ])
    assert.equal(outcome(prio(5), [nodeWith("n", { ...room, pods })]), `n: ${young.metadata.name}`);
  const unstarted = prio(1);
  const past = { ...room, pods: [unstarted, at("1960-01-01T00:00:00Z")] };
  assert.equal(outcome(prio(5), [nodeWith("n", past)]), `n: ${unstarted.metadata.name}`);
});

test("of two nodes the first is taken when nothing tells them apart, wherever the search begins", () => {
  const nodes = ["a", "b"].map((name) => nodeWith(name, { ...room, pods: [prio(1, "2")] }));
  const begun = (at: number) => {
    const nominated = () => [];
    const found = framework.findFeasible(prio(9, "2"), snapshotOf(nodes), { wanted: 2, start: 0, nominated });
    assert.ok("failures" in found);
    const random = { ...systemRandom, int: () => at };
    const result = framework.postFilter(prio(9, "2"), found, { random, now: 0, nominated })!;
    return "node" in result && result.node;
  };
  assert.deepEqual([begun(0), begun(1)], ["a", "b"]);
});

test("among very many nodes a hundred are enough to choose from", () => {
  const nodes = Array.from({ length: 150 }, (_, i) =>
    nodeWith(String(i), { ...room, pods: [prio(i < 100 ? 3 : 1, "2")] }),
  );
  const nominated = () => [];
  const found = framework.findFeasible(prio(9, "2"), snapshotOf(nodes), { wanted: 150, start: 0, nominated });
  assert.ok("failures" in found);
  const random = { ...systemRandom, int: () => 0 };
  const result = framework.postFilter(prio(9, "2"), found, { random, now: 0, nominated })!;
  assert.equal("node" in result && result.node, "0");
});
