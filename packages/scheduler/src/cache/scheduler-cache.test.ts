import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Node } from "@dingi/api";
import { countVisits } from "@dingi/base";
import { nodeOf, podOf } from "../testing/objects.ts";
import { SchedulerCache } from "./scheduler-cache.ts";

const withImages = (name: string, ...images: string[]): V1Node => {
  const node = nodeOf({}, {}, name);
  return { ...node, status: { ...node.status, images: images.map((image) => ({ names: [image] })) } };
};
const fond = (uid: string, nodeName: string) => podOf({ nodeName, affinity: { podAffinity: {} } }, { uid });

test("groups pods by what they have in common, whichever way pods and nodes come and go", () => {
  const cache = new SchedulerCache();
  const seen = () =>
    [...cache.groups.byAffinity.in("")].flatMap(({ nodes }) =>
      [...nodes].map(([{ name }, count]) => `${name} ${count}`),
    );
  cache.setPod(fond("early", "b"));
  for (const name of ["a", "b"]) cache.setNode(nodeOf({}, {}, name));
  assert.deepEqual(seen(), ["b 1"]);
  cache.assume(fond("x", ""), "a");
  cache.assume(fond("y", ""), "a");
  cache.setPod(podOf({ nodeName: "a" }, { uid: "plain" }));
  assert.deepEqual(seen(), ["b 1", "a 2"]);
  cache.forget("x");
  cache.setPod(fond("y", "b"));
  assert.deepEqual(seen(), ["b 2"]);
  cache.setPod(podOf({ nodeName: "b" }, { uid: "y" }));
  assert.deepEqual(seen(), ["b 1"]);
  cache.removeNode("b");
  assert.deepEqual([...cache.groups.byAffinity.namespaces], []);
  assert.deepEqual(
    cache.nodes.map(({ name }) => name),
    ["a"],
  );
  cache.setNode(nodeOf({}, {}, "b"));
  assert.deepEqual(seen(), ["b 1"]);
});

test("counts the nodes that have an image", () => {
  const cache = new SchedulerCache();
  cache.setNode(withImages("a", "web:1", "db:1"));
  cache.setNode(withImages("b", "web:1"));
  assert.equal(cache.nodesWithImage("web:1"), 2);
  cache.setNode(withImages("a", "db:1"));
  assert.equal(cache.nodesWithImage("web:1"), 1);
  cache.removeNode("b");
  assert.equal(cache.nodesWithImage("web:1"), 0);
});

/** What a pod and a heartbeat cost beside so many nodes, each with pods of its own. */
async function costBeside(count: number): Promise<number> {
  const cache = new SchedulerCache();
  for (let i = 0; i < count; i++) {
    cache.setNode(withImages(`n${i}`, "web:1"));
    cache.setPod(fond(`p${i}`, `n${i}`));
  }
  void cache.nodes;
  return await countVisits(() => {
    cache.assume(fond("new", ""), "n7");
    cache.setPod(fond("new", "n7"));
    cache.setNode(withImages("n7", "web:1", "db:1"));
    void [cache.nodes.length, cache.node("n7"), cache.nodesWithImage("web:1")];
    cache.removePod("new");
  });
}

test("a pod and a heartbeat cost among twenty thousand nodes what they cost among two hundred", async () => {
  assert.equal(await costBeside(20_000), await costBeside(200));
});

test("a claim is used as long as one of its pods is on a node", () => {
  const cache = new SchedulerCache();
  cache.setNode(nodeOf({}, {}, "n"));
  const volumes = [{ name: "v", persistentVolumeClaim: { claimName: "c" } }];
  for (const uid of ["a", "b"]) cache.setPod(podOf({ volumes, nodeName: "n" }, { uid, namespace: "ns" }));
  assert.deepEqual([cache.groups.claims.has("ns/c"), cache.groups.claims.has("other/c")], [true, false]);
  cache.removePod("a");
  assert.equal(cache.groups.claims.has("ns/c"), true);
  cache.removePod("b");
  assert.equal(cache.groups.claims.has("ns/c"), false);
});

const busy = (cache: SchedulerCache, node = "n") =>
  [...(cache.node(node)?.pods ?? [])].map(({ metadata }) => metadata.uid);
const asks = (uid: string, requests: Record<string, string>, nodeName = "n") =>
  podOf({ nodeName, containers: [{ name: "c", resources: { requests } }] }, { uid });

test("an assumed pod counts until it is forgotten, shown or gone; one that is shown is not forgotten", () => {
  const cache = new SchedulerCache();
  cache.setNode(nodeOf({}, {}, "n"));
  cache.assume(podOf({}, { uid: "a" }), "n");
  assert.deepEqual([cache.isAssumed("a"), busy(cache)], [true, ["a"]]);
  cache.forget("a");
  assert.deepEqual([cache.isAssumed("a"), busy(cache)], [false, []]);
  cache.assume(podOf({}, { uid: "a" }), "n");
  cache.setPod(podOf({ nodeName: "n" }, { uid: "a" }));
  cache.forget("a");
  assert.deepEqual([cache.isAssumed("a"), busy(cache)], [false, ["a"]]);
  cache.removePod("a");
  assert.deepEqual(busy(cache), []);
  cache.assume(podOf({}, { uid: "b" }), "n");
  cache.removePod("b");
  assert.deepEqual([cache.isAssumed("b"), busy(cache)], [false, []]);
});

test("a pod that is over counts no more, and one of a node that is not there counts when it comes", () => {
  const cache = new SchedulerCache();
  cache.setPod(podOf({ nodeName: "n" }, { uid: "a" }));
  cache.setPod(podOf({ nodeName: "n" }, { uid: "b" }));
  cache.setPod(podOf({ nodeName: "n" }, { uid: "a" }, { phase: "Succeeded" }));
  cache.setNode(nodeOf({}, {}, "n"));
  assert.deepEqual(busy(cache), ["b"]);
  cache.removeNode("unknown");
  cache.removeNode("n");
  assert.equal(cache.node("n"), undefined);
  cache.removePod("b");
  cache.setNode(nodeOf({}, {}, "n"));
  assert.deepEqual(busy(cache), []);
});

test("what a node's pods ask for is summed up, and a node that changes keeps its pods", () => {
  const cache = new SchedulerCache();
  cache.setNode(nodeOf({}, { cpu: "4" }, "n"));
  cache.setPod(asks("a", { cpu: "1", memory: "1Gi" }));
  cache.setPod(asks("b", {}));
  const node = () => cache.node("n")!;
  assert.deepEqual(
    [...node().requested],
    [
      ["cpu", 1000],
      ["memory", 2 ** 30],
    ],
  );
  assert.deepEqual(
    [...node().nonzeroRequested],
    [
      ["cpu", 1100],
      ["memory", 2 ** 30 + 200 * 2 ** 20],
    ],
  );
  cache.setPod(asks("a", { cpu: "2" }));
  cache.setNode(nodeOf({}, { cpu: "8" }, "n"));
  assert.deepEqual([node().requested.get("cpu"), node().allocatable.get("cpu"), node().podCount], [2000, 8000, 2]);
  const copy = node().clone();
  copy.removePod("a");
  copy.removePod("a");
  assert.deepEqual([copy.podCount, copy.requested.get("cpu"), node().podCount], [1, 0, 2]);
});

test("pods that are going are a group of their own, and the order of labels makes no difference", () => {
  const cache = new SchedulerCache();
  cache.setNode(nodeOf({}, {}, "n"));
  const pod = (uid: string, labels: Record<string, string>, more: object = {}) =>
    cache.setPod(podOf({ nodeName: "n" }, { uid, namespace: "ns", labels, ...more }));
  pod("a", { x: "1", y: "2" });
  pod("b", { y: "2", x: "1" });
  pod("c", { x: "1", y: "2" }, { deletionTimestamp: "2026-01-01T00:00:00Z" });
  pod("d", { x: "1" });
  const sizes = [...cache.groups.byLabels.in("ns")].map(({ nodes }) => [...nodes.values()][0]);
  assert.deepEqual(sizes, [2, 1, 1]);
  for (const uid of ["a", "b", "c", "d"]) cache.removePod(uid);
  assert.deepEqual([...cache.groups.byLabels.namespaces], []);
});

test("each image of a node counts once, under all its names", () => {
  const cache = new SchedulerCache();
  const node = nodeOf({}, {}, "n");
  cache.setNode({ ...node, status: { images: [{ names: ["web:1", "web@sha256:1"], sizeBytes: 5n as never }] } });
  assert.deepEqual(
    [...cache.node("n")!.images],
    [
      ["web:1", 5],
      ["web@sha256:1", 5],
    ],
  );
  assert.deepEqual(
    ["web:1", "web@sha256:1", "db"].map((image) => cache.nodesWithImage(image)),
    [1, 1, 0],
  );
});
