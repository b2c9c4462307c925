import assert from "node:assert/strict";
import { test } from "node:test";
import { systemRandom } from "@dingi/base";
import { NodeInfo } from "../cache/node-info.ts";
import { selectNode } from "../select-node.ts";
import { fitMessage, Framework } from "./framework.ts";
import { CycleState, normalizeScores, SUCCESS, unresolvable, unschedulable, type Plugin } from "./plugin.ts";
import { nodeOf, podOf } from "../testing/objects.ts";
import { snapshotOf } from "../cache/snapshot.ts";

const infos = ["a", "b", "c"].map((name) => new NodeInfo(nodeOf({}, {}, name)));
const weighted = (...plugins: Plugin[]) => new Framework(plugins.map((plugin) => ({ plugin, weight: 1 })));

test("says how many nodes failed for which reason", () => {
  const failures = new Map([
    ["a", unschedulable("Insufficient cpu", "Too many pods")],
    ["b", unschedulable("Insufficient cpu")],
    ["c", unresolvable("node(s) were unschedulable")],
  ]);
  assert.equal(
    fitMessage({ nodeCount: 3, failures }),
    "0/3 nodes are available: 1 Too many pods, 1 node(s) were unschedulable, 2 Insufficient cpu.",
  );
  assert.equal(fitMessage({ nodeCount: 0, failures: new Map() }), "no nodes available to schedule pods");
});

test("a pod that is turned down before any node was looked at is told why once", () => {
  const no: Plugin = { name: "No", preFilter: () => unresolvable("its claim is gone") };
  const found = weighted(no).findFeasible(podOf({}), snapshotOf(infos), { wanted: 1, start: 0 });
  assert.ok("failures" in found);
  assert.equal(fitMessage(found), "0/3 nodes are available: its claim is gone.");
  assert.deepEqual([...found.failures.keys()], ["a", "b", "c"]);
});

test("finds as many nodes as wanted from where the search starts", () => {
  const found = weighted().findFeasible(podOf({}), snapshotOf(infos), { wanted: 2, start: 2 });
  assert.deepEqual("nodes" in found && found.nodes.map(({ name }) => name), ["c", "a"]);
});

test("names who turned the pod down", () => {
  const no: Plugin = { name: "No", filter: () => unschedulable("no") };
  const found = weighted({ name: "Yes", filter: () => SUCCESS }, no).findFeasible(podOf({}), snapshotOf(infos), {
    wanted: 3,
    start: 0,
  });
  assert.ok("failures" in found);
  assert.deepEqual([...found.plugins], ["No"]);
  assert.equal(fitMessage(found), "0/3 nodes are available: 3 no.");
});

test("takes back what was reserved when a later plugin refuses", () => {
  const calls: string[] = [];
  const first: Plugin = {
    name: "First",
    reserve: () => SUCCESS,
    unreserve: () => void calls.push("undone"),
  };
  const { refusal } = weighted(first, { name: "Second", reserve: () => unschedulable("full") }).reserve(
    new CycleState(),
    podOf({}),
    "a",
  );
  assert.equal(refusal?.plugin, "Second");
  assert.deepEqual(calls, ["undone"]);
});

test("weighs scores, and the best node is chosen", () => {
  const plugin: Plugin = { name: "Name", score: (_state, _pod, { name }) => (name === "b" ? 2 : 1) };
  const scores = new Framework([{ plugin, weight: 3 }]).score(new CycleState(), podOf({}), infos);
  assert.deepEqual(scores, [3, 6, 3]);
  assert.equal(selectNode(infos, scores, systemRandom).name, "b");
});

test("chance decides among equals", () => {
  const always = (answer: number) => ({ ...systemRandom, int: () => answer });
  assert.equal(selectNode(infos, [1, 1, 1], always(1)).name, "a");
  assert.equal(selectNode(infos, [1, 1, 0], always(0)).name, "b");
});

test("brings scores into 0 to 100, also when less is better", () => {
  const scores = [0, 1, 2];
  normalizeScores(scores, false);
  assert.deepEqual(scores, [0, 50, 100]);
  const reversed = [0, 1, 2];
  normalizeScores(reversed, true);
  assert.deepEqual(reversed, [100, 50, 0]);
});

const { signal } = new AbortController();
const SKIPPED = { code: "skip" } as const;
/** Notes which of its steps are called. */
const noting = (name: string, calls: string[], more: Partial<Plugin> = {}): Plugin => ({
  name,
  preBind: async () => (calls.push(`preBind ${name}`), SUCCESS),
  bind: async () => (calls.push(`bind ${name}`), SKIPPED),
  postBind: () => void calls.push(`postBind ${name}`),
  ...more,
});

test("the first plugin that binds has the say, after all have prepared, and all are told", async () => {
  const calls: string[] = [];
  const bind = async () => (calls.push("bind B"), SUCCESS);
  const framework = weighted(noting("A", calls), noting("B", calls, { bind }), noting("C", calls));
  await framework.bind(new CycleState(), podOf({}), { node: "a", signal });
  assert.deepEqual(calls, [
    "preBind A",
    "preBind B",
    "preBind C",
    "bind A",
    "bind B",
    "postBind A",
    "postBind B",
    "postBind C",
  ]);
});

test("who refuses to prepare keeps the pod from being bound", async () => {
  const calls: string[] = [];
  const preBind = async () => unschedulable("no disk", "no key");
  const framework = weighted(noting("A", calls, { preBind }), noting("B", calls), { name: "None" });
  await assert.rejects(framework.bind(new CycleState(), podOf({}), { node: "a", signal }), {
    message: 'Plugin "A" refused to bind: no disk, no key',
  });
  assert.deepEqual(calls, []);
  const skipping = weighted(noting("A", calls, { preBind: async () => SKIPPED }));
  await skipping.bind(new CycleState(), podOf({}), { node: "a", signal });
  assert.deepEqual(calls, ["bind A", "postBind A"]);
});

test("who does not permit is named, with what was reserved undone; who waits says for how long", () => {
  const undone: string[] = [];
  const reserving = (name: string, more: Partial<Plugin> = {}): Plugin => ({
    name,
    reserve: () => SUCCESS,
    unreserve: () => void undone.push(name),
    ...more,
  });
  const waiting = reserving("Waits", { permit: () => ({ code: "wait", timeoutMs: 7 }) });
  const reserve = (...plugins: Plugin[]) => weighted(...plugins).reserve(new CycleState(), podOf({}), "a");
  assert.deepEqual(reserve(waiting, reserving("B")), { waits: new Map([["Waits", 7]]) });
  assert.deepEqual(undone, []);
  const strict = reserving("Strict", { permit: () => unschedulable("closed") });
  assert.equal(reserve(waiting, strict, reserving("C")).refusal?.plugin, "Strict");
  assert.deepEqual(undone, ["C", "Strict", "Waits"]);
});

test("a plugin that is not concerned scores nothing, and neither filters nor adjusts", () => {
  let filtered = 0;
  const idle: Plugin = {
    name: "Idle",
    preFilter: () => SKIPPED,
    filter: () => (filtered++, unschedulable("no")),
    adjust: () => void filtered++,
    preScore: () => SKIPPED,
    score: () => 50,
  };
  const framework = weighted(idle, { name: "One", score: () => 1 });
  const found = framework.findFeasible(podOf({}), snapshotOf(infos), { wanted: 3, start: 0 });
  assert.ok("nodes" in found);
  framework.adjust(found.state, podOf({}), { other: podOf({}), node: infos[0]!, delta: 1 });
  assert.equal(filtered, 0);
  assert.deepEqual(framework.score(new CycleState(), podOf({}), infos), [1, 1, 1]);
});

test("a preferred node that does not fit, or is gone, is no more than one of all", () => {
  const no: Plugin = { name: "No", filter: (_state, _pod, { name }) => (name === "b" ? unschedulable("no") : SUCCESS) };
  const names = (prefer: string) => {
    const found = weighted(no).findFeasible(podOf({}), snapshotOf(infos), { wanted: 3, start: 0, prefer });
    return "nodes" in found ? found.nodes.map(({ name }) => name) : [];
  };
  assert.deepEqual([names("b"), names("gone"), names("c")], [["a", "c"], ["a", "c"], ["c"]]);
});

test("where nobody knows how to make room nothing is said of it", () => {
  const framework = weighted({ name: "No", filter: () => unschedulable("no") });
  const found = framework.findFeasible(podOf({}), snapshotOf(infos), { wanted: 1, start: 0 });
  assert.ok("failures" in found);
  assert.equal(
    framework.postFilter(podOf({}), found, { random: systemRandom, now: 0, nominated: () => [] }),
    undefined,
  );
});
