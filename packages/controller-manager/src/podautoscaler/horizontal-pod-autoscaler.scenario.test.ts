import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Deployment,
  Event,
  HorizontalPodAutoscaler,
  type V1Deployment,
  type V2HorizontalPodAutoscaler,
} from "@dingi/api";
import type { NewObject, TransportRequest } from "@dingi/client";
import { TestCluster, testUnderFaults } from "@dingi/testing";
import { horizontalPodAutoscalerController } from "./horizontal-pod-autoscaler-controller.ts";
import { deploymentController } from "../deployment/deployment-controller.ts";
import { replicaSetController } from "../replicaset/replicaset-controller.ts";

const controllers = [() => horizontalPodAutoscalerController(), () => deploymentController, replicaSetController];

const namespace = "default";
const NAME = { namespace, name: "web" };
const matchLabels = { app: "web" };
const containers = [{ name: "main", image: "registry.example/web:1", resources: { requests: { cpu: "1" } } }];
const web = (replicas: number): NewObject<V1Deployment> => ({
  metadata: NAME,
  spec: { replicas, selector: { matchLabels }, template: { metadata: { labels: matchLabels }, spec: { containers } } },
});
const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
const autoscalerOf = (spec: Partial<V2HorizontalPodAutoscaler["spec"]>): NewObject<V2HorizontalPodAutoscaler> => ({
  metadata: NAME,
  spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 4, ...spec },
});

async function statusOf({ admin }: TestCluster) {
  return (await admin.get(HorizontalPodAutoscaler, NAME)).status;
}

const conditionsOf = ({ conditions = [] }: V2HorizontalPodAutoscaler["status"]) =>
  conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`);

testUnderFaults("What has fewer replicas than it may have gets more", {
  component: "controllers",
  share: 25,
  cluster: { controllers, nodes: 1 },
  async run(cluster) {
    const { admin } = cluster;
    await admin.create(Deployment, web(1));
    await admin.create(HorizontalPodAutoscaler, autoscalerOf({}));
    const { status } = await cluster.eventually(async () => {
      const deployment = await admin.get(Deployment, NAME);
      const { currentReplicas } = await statusOf(cluster);
      const isDone = deployment.status.availableReplicas === 2 && currentReplicas === 2;
      return isDone ? deployment : undefined;
    });
    return status.replicas;
  },
  wanted: 2,
});

/** What each pod takes, which a deployment's template tells the simulated runtime. */
const loaded = (replicas: number, cores: number): NewObject<V1Deployment> => {
  const { spec, ...others } = web(replicas);
  const annotations = { "simulated.dingi.dev/cpu-cores": String(cores) };
  const metadata = { labels: matchLabels, annotations };
  return { ...others, spec: { ...spec!, template: { ...spec!.template, metadata } } };
};
const TARGET = {
  metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } }],
  maxReplicas: 6,
};
/** Without waiting for what starts. */
const settled = async (cluster: TestCluster, replicas: number) =>
  await cluster.eventually(async () => {
    const { status } = await cluster.admin.get(Deployment, NAME);
    const known = await statusOf(cluster);
    return status.availableReplicas === replicas && known.currentReplicas === replicas ? known : undefined;
  }, 900_000);

testUnderFaults("As many replicas as what they take asks for", {
  component: "controllers",
  share: 40,
  cluster: { controllers, nodes: 2 },
  async run(cluster) {
    const { admin } = cluster;
    await admin.create(Deployment, loaded(2, 1));
    await admin.create(HorizontalPodAutoscaler, autoscalerOf(TARGET));
    const { currentMetrics, conditions } = await settled(cluster, 6);
    return {
      utilization: currentMetrics[0]?.resource?.current.averageUtilization,
      active: conditions?.find(({ type }) => type === "ScalingActive")?.reason,
    };
  },
  wanted: { utilization: 100, active: "ValidMetricFound" },
});

test("a load that goes is followed down, once it has been away for a while", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 2 });
  const { admin } = cluster;
  await admin.create(Deployment, loaded(6, 0.5));
  await admin.create(HorizontalPodAutoscaler, autoscalerOf(TARGET));
  await settled(cluster, 6);
  const { spec } = loaded(6, 0.01);
  await admin.patch(Deployment, NAME, { spec: { template: spec!.template } }, { type: "strategic" });
  await cluster.pass(240_000);
  assert.equal((await admin.get(Deployment, NAME)).spec.replicas, 6);
  await settled(cluster, 2);
  const { items } = await admin.list(Event, { namespace });
  const rescaled = items.filter(({ reason }) => reason === "SuccessfulRescale").map(({ message }) => message);
  assert.deepEqual(rescaled, ["New size: 2; reason: All metrics below target"]);
  assert.deepEqual(conditionsOf(await statusOf(cluster)).slice(1), [
    "ScalingActive True ValidMetricFound",
    "ScalingLimited True TooFewReplicas",
    "ScaledToZero False NotScaledToZero",
  ]);
});

test("what could not be measured leaves things as they are, and is told of", async () => {
  const away = ({ path }: TransportRequest) =>
    path.startsWith("/apis/metrics.k8s.io") ? ({ type: "lose" } as const) : undefined;
  await using cluster = await TestCluster.start({ controllers, nodes: 1, faults: { controllers: away } });
  const { admin } = cluster;
  await admin.create(Deployment, web(3));
  await admin.create(HorizontalPodAutoscaler, autoscalerOf({}));
  const status = await cluster.eventually(async () => {
    const now = await statusOf(cluster);
    return now.conditions?.some(({ type }) => type === "ScalingActive") ? now : undefined;
  });
  assert.deepEqual(conditionsOf(status), [
    "AbleToScale True SucceededGetScale",
    "ScalingActive False FailedGetResourceMetric",
  ]);
  assert.equal(
    status.conditions?.[1]?.message,
    "the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: The network lost a message",
  );
  assert.equal(status.currentReplicas, 3);
  assert.equal((await admin.get(Deployment, NAME)).spec.replicas, 3);
  const reasons = (await admin.list(Event, { namespace })).items
    .filter(({ involvedObject }) => involvedObject.kind === "HorizontalPodAutoscaler")
    .map(({ reason }) => reason);
  assert.deepEqual(new Set(reasons), new Set(["FailedGetResourceMetric", "FailedComputeMetricsReplicas"]));
});

test("a target that is not there, or has no scale, is told of", async () => {
  await using cluster = await TestCluster.start({ controllers, parts: ["controllers"] });
  const { admin } = cluster;
  const messages = async (spec: Partial<V2HorizontalPodAutoscaler["spec"]["scaleTargetRef"]>) => {
    await admin.create(HorizontalPodAutoscaler, autoscalerOf({ scaleTargetRef: { ...scaleTargetRef, ...spec } }));
    const said = await cluster.eventually(async () => (await statusOf(cluster)).conditions);
    await admin.delete(HorizontalPodAutoscaler, NAME);
    return said.map(({ type, status, reason, message }) => [type, status, reason, message]);
  };
  const unable = "the HPA controller was unable to get the target's current scale";
  const about = ["AbleToScale", "False", "FailedGetScale"];
  assert.deepEqual(await messages({}), [[...about, `${unable}: deployments.apps "web" not found`]]);
  assert.deepEqual(await messages({ kind: "Boat" }), [
    [...about, `${unable}: no matches for kind "Boat" in group "apps"`],
  ]);
  assert.deepEqual(await messages({ kind: "DaemonSet" }), [
    [...about, `${unable}: the server could not find the requested resource`],
  ]);
});

test("an autoscaler whose target was switched off waits", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  const { admin } = cluster;
  await admin.create(Deployment, web(0));
  await admin.create(HorizontalPodAutoscaler, autoscalerOf({}));
  const status = await cluster.eventually(async () => {
    const now = await statusOf(cluster);
    return now.conditions?.length === 2 ? now : undefined;
  });
  assert.deepEqual(conditionsOf(status), ["AbleToScale True SucceededGetScale", "ScalingActive False ScalingDisabled"]);
  assert.equal(status.desiredReplicas, 0);
});

test("what is told otherwise is looked at at once, and its own status is no reason to", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1, faults: { controllers: () => undefined } });
  const { admin } = cluster;
  await admin.create(Deployment, web(2));
  await admin.create(HorizontalPodAutoscaler, autoscalerOf({}));
  await cluster.eventually(async () => (await statusOf(cluster)).conditions);
  await cluster.pass(2000);
  const writes = cluster.writes("controllers");
  await cluster.pass(8000);
  assert.equal(cluster.writes("controllers"), writes);
  await admin.patch(HorizontalPodAutoscaler, NAME, { spec: { minReplicas: 3 } }, { type: "merge" });
  await cluster.pass(500);
  assert.equal((await admin.get(Deployment, NAME)).spec.replicas, 3);
});

test("two that select the same pods do nothing but say so", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  const { admin } = cluster;
  await admin.create(Deployment, web(2));
  for (const name of ["web", "other"])
    await admin.create(HorizontalPodAutoscaler, { ...autoscalerOf({}), metadata: { namespace, name } });
  await cluster.eventually(async () => {
    const said = conditionsOf((await admin.get(HorizontalPodAutoscaler, { namespace, name: "web" })).status);
    return said.includes("ScalingActive False AmbiguousSelector");
  });
  await admin.delete(HorizontalPodAutoscaler, { namespace, name: "other" });
  await cluster.eventually(async () =>
    conditionsOf(await statusOf(cluster)).includes("ScalingActive True ValidMetricFound"),
  );
});
