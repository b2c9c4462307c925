import assert from "node:assert/strict";
import { test } from "node:test";
import { Event, Pod, ReplicaSet, ReplicationController, type V1Pod } from "@dingi/api";
import { TestCluster, testUnderFaults, type FaultPlan } from "@dingi/testing";
import { replicationController } from "../replicationcontroller/replication-controller.ts";
import { replicaSetController } from "./replicaset-controller.ts";

const controllers = [replicaSetController, replicationController];
const namespace = "default";
const NAME = { namespace, name: "web" };
const labels = { app: "web" };
const podSpec = { containers: [{ name: "main", image: "registry.example/web:1" }], terminationGracePeriodSeconds: 1 };
const template = { metadata: { labels }, spec: podSpec };

const start = (nodes = 0, suffer?: FaultPlan) =>
  TestCluster.start({ controllers, nodes, ...(suffer ? { faults: { controllers: suffer } } : {}) });
const create = ({ admin }: TestCluster, replicas: number, more: object = {}) =>
  admin.create(ReplicaSet, {
    metadata: NAME,
    spec: { replicas, selector: { matchLabels: labels }, template, ...more },
  });
const resize = ({ admin }: TestCluster, replicas: number) =>
  admin.patch(ReplicaSet, NAME, { spec: { replicas } }, { type: "merge" });
const podsOf = async ({ admin }: TestCluster) => (await admin.list(Pod, { namespace })).items;
const until = (cluster: TestCluster, count: number) =>
  cluster.eventually(async () => (await podsOf(cluster)).length === count);
const statusOf = async ({ admin }: TestCluster) => (await admin.get(ReplicaSet, NAME)).status;
const addPod = ({ admin }: TestCluster, name: string, metadata: object = {}): Promise<V1Pod> =>
  admin.create(Pod, { metadata: { namespace, name, labels, ...metadata }, spec: podSpec });
const ownerOf = ({ metadata }: V1Pod) => metadata.ownerReferences?.find(({ controller }) => controller)?.name;

testUnderFaults("A set has as many pods as it wants, whatever is asked for", {
  component: "controllers",
  share: 8,
  cluster: { controllers, nodes: 1 },
  async run(cluster) {
    await create(cluster, 3);
    await cluster.eventually(async () => (await statusOf(cluster)).availableReplicas === 3);
    await resize(cluster, 1);
    await until(cluster, 1);
    await resize(cluster, 2);
    await cluster.eventually(async () => (await statusOf(cluster)).availableReplicas === 2);
    const { replicas, readyReplicas, fullyLabeledReplicas } = await statusOf(cluster);
    return { pods: (await podsOf(cluster)).map(ownerOf), replicas, readyReplicas, fullyLabeledReplicas };
  },
  wanted: { pods: ["web", "web"], replicas: 2, readyReplicas: 2, fullyLabeledReplicas: 2 },
});

test("orphans that it selects are taken, others' pods and those that are going are not", async () => {
  await using cluster = await start();
  const other = { apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "x", controller: true };
  await addPod(cluster, "orphan");
  await addPod(cluster, "other", { ownerReferences: [other] });
  await addPod(cluster, "unlike", { labels: { app: "db" } });
  await addPod(cluster, "going", { finalizers: ["example.org/hold"] });
  await cluster.admin.delete(Pod, { namespace, name: "going" });
  await create(cluster, 2);
  await until(cluster, 5);
  await cluster.pass(1000);
  const owners = new Map((await podsOf(cluster)).map((pod) => [pod.metadata.name, ownerOf(pod)]));
  assert.deepEqual(
    ["orphan", "other", "unlike", "going"].map((name) => owners.get(name)),
    ["web", "x", undefined, undefined],
  );
  await addPod(cluster, "late");
  await until(cluster, 5);
});

test("a pod whose labels change is let go and replaced", async () => {
  await using cluster = await start();
  await create(cluster, 1);
  await until(cluster, 1);
  const [pod] = await podsOf(cluster);
  const { name = "" } = pod!.metadata;
  await cluster.admin.patch(Pod, { namespace, name }, { metadata: { labels: { app: "debug" } } }, { type: "merge" });
  await until(cluster, 2);
  await cluster.eventually(async () => ownerOf(await cluster.admin.get(Pod, { namespace, name })) === undefined);
});

test("pods count as available once they have been ready for long enough", async () => {
  await using cluster = await start(1);
  await create(cluster, 1, { minReadySeconds: 10 });
  await cluster.eventually(async () => (await statusOf(cluster)).readyReplicas === 1);
  await cluster.pass(8000);
  assert.equal((await statusOf(cluster)).availableReplicas ?? 0, 0);
  await cluster.pass(4000);
  assert.equal((await statusOf(cluster)).availableReplicas, 1);
});

test("pods that cannot be made are told of, slowly, until they can", async () => {
  let away = true;
  await using cluster = await start(0, ({ method, path }) =>
    away && method === "POST" && path.endsWith("/pods") ? { type: "lose" } : undefined,
  );
  await create(cluster, 4);
  const { conditions } = await cluster.eventually(async () => {
    const status = await statusOf(cluster);
    return status.conditions ? status : undefined;
  });
  const [failure] = conditions!;
  assert.deepEqual(
    [failure?.type, failure?.status, failure?.reason, failure?.message],
    ["ReplicaFailure", "True", "FailedCreate", "The network lost a message"],
  );
  away = false;
  await until(cluster, 4);
  await cluster.eventually(async () => (await statusOf(cluster)).conditions === undefined);
  const { items } = await cluster.admin.list(Event, { namespace });
  assert.ok(items.some(({ reason, message }) => reason === "FailedCreate" && message?.startsWith("Error creating: ")));
});

test("a pod that cannot be deleted is told of, and deleted when it can", async () => {
  let away = true;
  await using cluster = await start(0, ({ method }) => (away && method === "DELETE" ? { type: "lose" } : undefined));
  await create(cluster, 2);
  await until(cluster, 2);
  await resize(cluster, 1);
  await cluster.eventually(async () => (await statusOf(cluster)).conditions?.[0]?.reason === "FailedDelete");
  away = false;
  await until(cluster, 1);
});

test("a set that is being deleted makes nothing and removes nothing", async () => {
  await using cluster = await start();
  await create(cluster, 2);
  await until(cluster, 2);
  await cluster.admin.delete(ReplicaSet, NAME, { propagationPolicy: "Foreground" });
  const [pod] = await podsOf(cluster);
  await cluster.admin.delete(Pod, { namespace, name: pod!.metadata.name! }, { gracePeriodSeconds: 0 });
  await addPod(cluster, "orphan");
  await cluster.pass(2000);
  assert.deepEqual((await podsOf(cluster)).map(ownerOf).sort(), ["web", undefined]);
});

test("a pod that ends is replaced, and a replication controller does the same by its plain selector", async () => {
  await using cluster = await start();
  const { admin } = cluster;
  await admin.create(ReplicationController, { metadata: NAME, spec: { replicas: 2, selector: labels, template } });
  await until(cluster, 2);
  const [pod] = await podsOf(cluster);
  const key = { namespace, name: pod!.metadata.name! };
  await admin.patch(Pod, key, { status: { phase: "Failed" } }, { type: "merge", subresource: "status" });
  await until(cluster, 3);
  await cluster.eventually(async () => (await admin.get(ReplicationController, NAME)).status.replicas === 2);
});
