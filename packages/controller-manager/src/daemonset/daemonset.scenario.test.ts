import assert from "node:assert/strict";
import { test } from "node:test";
import { ControllerRevision, DaemonSet, Event, Node, Pod, type V1DaemonSet } from "@dingi/api";
import type { NewObject } from "@dingi/client";
import { TestCluster, testUnderFaults } from "@dingi/testing";
import { daemonSetController } from "./daemonset-controller.ts";
import { garbageCollector } from "../garbagecollector/garbage-collector.ts";

const controllers = [daemonSetController, garbageCollector];

const NAME = { namespace: "default", name: "agent" };
const AGENT: NewObject<V1DaemonSet> = {
  metadata: NAME,
  spec: {
    selector: { matchLabels: { app: "agent" } },
    template: {
      metadata: { labels: { app: "agent" } },
      spec: { containers: [{ name: "main", image: "registry.example/agent:1" }] },
    },
  },
};
const SECOND = [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: "registry.example/agent:2" }];

async function settled({ admin }: TestCluster, count: number): Promise<boolean> {
  const { metadata, status } = await admin.get(DaemonSet, NAME);
  const { items } = await admin.list(Pod, { namespace: "default" });
  const { numberAvailable, updatedNumberScheduled, observedGeneration } = status;
  return (
    observedGeneration === metadata.generation &&
    [numberAvailable, updatedNumberScheduled, items.length].every((number) => number === count)
  );
}

async function rollOut(cluster: TestCluster): Promise<object> {
  const { admin } = cluster;
  await admin.create(DaemonSet, AGENT);
  await cluster.eventually(() => settled(cluster, 2));
  await admin.patch(DaemonSet, NAME, SECOND, { type: "json" });
  await cluster.eventually(() => settled(cluster, 2));
  const pods = (await admin.list(Pod, { namespace: "default" })).items;
  const revisions = (await admin.list(ControllerRevision, { namespace: "default" })).items;
  return {
    pods: pods.map(({ spec, status }) => [spec.nodeName, spec.containers[0]?.image, status.phase].join(" ")).sort(),
    revisions: revisions.map(({ revision }) => revision).sort(),
  };
}

testUnderFaults("A rolling update on every node ends as it should", {
  component: "controllers",
  share: 20,
  cluster: { controllers, nodes: 2 },
  run: rollOut,
  wanted: {
    pods: ["node-1 registry.example/agent:2 Running", "node-2 registry.example/agent:2 Running"],
    revisions: [1, 2],
  },
});

test("nodes that come get their pod, and nodes that are tainted lose it", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  const { admin } = cluster;
  await admin.create(DaemonSet, AGENT);
  await cluster.eventually(() => settled(cluster, 1));
  cluster.addNode("node-2");
  await cluster.eventually(() => settled(cluster, 2));
  const taints = [{ key: "mine", effect: "NoExecute" }];
  await admin.patch(Node, { namespace: "", name: "node-1" }, { spec: { taints } }, { type: "merge" });
  await cluster.eventually(() => settled(cluster, 1));
  const [pod] = (await admin.list(Pod, { namespace: "default" })).items;
  assert.equal(pod?.spec.nodeName, "node-2");
});

test("a pod that failed is told of and replaced", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  const { admin } = cluster;
  await admin.create(DaemonSet, AGENT);
  await cluster.eventually(() => settled(cluster, 1));
  const [pod] = (await admin.list(Pod, { namespace: "default" })).items;
  await cluster.nodes[0]!.stopKubelet();
  await admin.update(Pod, { ...pod!, status: { ...pod!.status, phase: "Failed" } }, { subresource: "status" });
  cluster.nodes[0]!.startKubelet();
  await cluster.eventually(async () => {
    const [next] = (await admin.list(Pod, { namespace: "default" })).items;
    return next?.metadata.uid !== pod?.metadata.uid && (await settled(cluster, 1));
  });
  const event = await cluster.eventually(async () => {
    const { items } = await admin.list(Event, { namespace: "default" });
    return items.find(({ reason }) => reason === "FailedDaemonPod");
  });
  assert.equal(
    event.message,
    `Found failed daemon pod default/${pod?.metadata.name} on node node-1, will try to kill it`,
  );
});
