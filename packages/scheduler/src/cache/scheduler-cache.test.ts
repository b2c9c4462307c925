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
