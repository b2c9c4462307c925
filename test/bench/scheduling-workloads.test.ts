import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeLabels, podOf, WORKLOADS } from "./scheduling-workloads.ts";

const NODES = 20;
const groupOf = (pod: ReturnType<typeof podOf>) => pod.metadata.labels["bench/group"];

test("every pod of every workload fits, so that the last binding comes", () => {
  for (const workload of WORKLOADS) {
    const counts = new Map<string, number>();
    for (let i = 0; i < 1000; i++) {
      const group = groupOf(podOf(workload, i, NODES))!;
      counts.set(group, (counts.get(group) ?? 0) + 1);
    }
    const most = workload.name === "anti-affinity" ? NODES : 100;
    assert.equal(Math.max(...counts.values()), most, workload.name);
  }
});

test("terms select the pod's own group, and nodes have the keys that terms name", () => {
  const keys = Object.keys(nodeLabels(3));
  for (const workload of WORKLOADS) {
    const pod = podOf(workload, 7, NODES);
    const text = JSON.stringify(pod.spec);
    if (workload.name === "basic") continue;
    assert.ok(text.includes(`"matchLabels":{"bench/group":"${groupOf(pod)}"}`), workload.name);
    assert.ok(
      keys.some((key) => text.includes(`"topologyKey":"${key}"`)),
      workload.name,
    );
  }
  assert.equal(new Set(Array.from({ length: NODES }, (_, i) => nodeLabels(i)["topology.kubernetes.io/zone"])).size, 10);
});
