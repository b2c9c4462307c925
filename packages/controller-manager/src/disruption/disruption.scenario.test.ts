import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DaemonSet,
  Deployment,
  Event,
  getPodCondition,
  Pod,
  PodDisruptionBudget,
  StatefulSet,
  type V1DaemonSet,
  type V1Deployment,
  type V1Pod,
  type V1PodDisruptionBudget,
  type V1StatefulSet,
} from "@dingi/api";
import type { NewObject } from "@dingi/client";
import { TestCluster, testUnderFaults } from "@dingi/testing";
import { disruptionController } from "./disruption-controller.ts";
import { staleDisruptionsController } from "./stale-disruptions.ts";
import { deploymentController } from "../deployment/deployment-controller.ts";
import { replicaSetController } from "../replicaset/replicaset-controller.ts";
import { statefulSetController } from "../statefulset/statefulset-controller.ts";
import { daemonSetController } from "../daemonset/daemonset-controller.ts";

const controllers = [
  () => disruptionController,
  () => staleDisruptionsController,
  () => deploymentController,
  replicaSetController,
  () => statefulSetController,
  daemonSetController,
];

const namespace = "default";
const NAME = { namespace, name: "web" };
const BUDGET = { namespace, name: "budget" };
const matchLabels = { app: "web" };
const podSpec = { containers: [{ name: "main", image: "registry.example/web:1" }] };
const template = { metadata: { labels: matchLabels }, spec: podSpec };
const WEB: NewObject<V1Deployment> = {
  metadata: NAME,
  spec: { replicas: 3, selector: { matchLabels }, template },
};
const budgetOf = (spec: V1PodDisruptionBudget["spec"]): NewObject<V1PodDisruptionBudget> => ({
  metadata: BUDGET,
  spec: { selector: { matchLabels }, ...spec },
});

async function statusOf({ admin }: TestCluster) {
  const { metadata, status } = await admin.get(PodDisruptionBudget, BUDGET);
  return status.observedGeneration === metadata.generation ? status : undefined;
}

testUnderFaults("A budget comes to know its pods", {
  component: "controllers",
  share: 20,
  cluster: { controllers, nodes: 1 },
  async run(cluster) {
    await cluster.admin.create(PodDisruptionBudget, budgetOf({ maxUnavailable: "34%" }));
    await cluster.admin.create(Deployment, WEB);
    const { conditions, ...status } = await cluster.eventually(async () => {
      const known = await statusOf(cluster);
      const { status } = await cluster.admin.get(Deployment, NAME);
      const isDone = status.availableReplicas === 3 && known?.currentHealthy === 3 && known.expectedPods === 3;
      return isDone ? known : undefined;
    });
    return { ...status, reasons: conditions?.map(({ reason }) => reason) };
  },
  wanted: {
    currentHealthy: 3,
    desiredHealthy: 1,
    disruptionsAllowed: 2,
    expectedPods: 3,
    observedGeneration: 1,
    reasons: ["SufficientPods"],
  },
});

test("evictions use the budget up, and replacements fill it again", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  const { admin } = cluster;
  await admin.create(PodDisruptionBudget, budgetOf({ minAvailable: 2 }));
  await admin.create(Deployment, WEB);
  const allowed = async (count: number) => (await statusOf(cluster))?.disruptionsAllowed === count;
  await cluster.eventually(() => allowed(1));
  const [first, second] = (await admin.list(Pod, { namespace })).items.map(({ metadata }) => metadata.name ?? "");
  const evict = async (name = "") =>
    await admin.createSubresource(Pod, { namespace, name }, "eviction", {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name, namespace },
    });
  await evict(first);
  await assert.rejects(evict(second), { code: 429 });
  await cluster.eventually(() => allowed(1));
  await evict(second);
});

test("a budget of stateful pods counts what their set wants", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  const { admin } = cluster;
  const set: NewObject<V1StatefulSet> = {
    metadata: NAME,
    spec: { replicas: 2, serviceName: "web", selector: { matchLabels }, template },
  };
  await admin.create(StatefulSet, set);
  await admin.create(PodDisruptionBudget, budgetOf({ maxUnavailable: 1 }));
  await cluster.eventually(async () => (await statusOf(cluster))?.currentHealthy === 2);
  const { expectedPods, desiredHealthy } = (await statusOf(cluster))!;
  assert.deepEqual([expectedPods, desiredHealthy], [2, 1]);
});

test("a budget whose pods' controller has no scale lets nothing go, and says why", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  const { admin } = cluster;
  const agent: NewObject<V1DaemonSet> = { metadata: NAME, spec: { selector: { matchLabels }, template } };
  await admin.create(DaemonSet, agent);
  await admin.create(PodDisruptionBudget, budgetOf({ maxUnavailable: 1 }));
  const condition = await cluster.eventually(async () => {
    const { status } = await admin.get(PodDisruptionBudget, BUDGET);
    return status.conditions?.find(({ reason }) => reason === "SyncFailed");
  });
  assert.deepEqual(
    [condition.status, condition.message],
    ["False", "daemonsets.apps does not implement the scale subresource"],
  );
});

const BARE: NewObject<V1Pod> = { metadata: { namespace, name: "bare", labels: matchLabels }, spec: podSpec };

test("pods that nobody controls are told of", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  const { admin } = cluster;
  await admin.create(Pod, BARE);
  await admin.create(PodDisruptionBudget, budgetOf({ maxUnavailable: 1 }));
  const { message } = await cluster.eventually(async () => {
    const { items } = await admin.list(Event, { namespace });
    return items.find(({ reason }) => reason === "UnmanagedPods");
  });
  assert.match(
    message ?? "",
    /\(selector: &LabelSelector\{MatchLabels:map\[string\]string\{app: web,\},MatchExpressions:\[\]LabelSelectorRequirement\{\},\}\)/,
  );
});

test("that a pod is about to be disrupted is taken back when it was not", async () => {
  await using cluster = await TestCluster.start({ controllers, parts: ["controllers"] });
  const { admin, clock } = cluster;
  const pod = await admin.create(Pod, BARE);
  const lastTransitionTime = new Date(clock.now()).toISOString().replace(/\.[0-9]+/, "");
  const target = { type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI", lastTransitionTime };
  await admin.update(Pod, { ...pod, status: { ...pod.status, conditions: [target] } }, { subresource: "status" });
  const current = async () => {
    const { status } = await admin.get(Pod, { namespace, name: "bare" });
    return getPodCondition(status, "DisruptionTarget")?.status;
  };
  await cluster.pass(118_000);
  assert.equal(await current(), "True");
  await cluster.pass(4000);
  assert.equal(await current(), "False");
});
