import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ControllerRevision,
  Event,
  PersistentVolumeClaim,
  Pod,
  StatefulSet,
  type V1Pod,
  type V1StatefulSetSpec,
} from "@dingi/api";
import { isNotFound } from "@dingi/apimachinery";
import { TestCluster, type FaultPlan } from "@dingi/testing";
import { statefulSetController } from "./statefulset-controller.ts";

const controllers = [() => statefulSetController];
const namespace = "default";
const NAME = { namespace, name: "db" };
const keyOf = (name: string) => ({ namespace, name });
const SIZE = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
const claims = { volumeClaimTemplates: [{ metadata: { name: "data", labels: { of: "db" } }, spec: SIZE }] };
const parallel = { podManagementPolicy: "Parallel" };

const start = (options: { nodes?: number; suffer?: FaultPlan } = {}) =>
  TestCluster.start({
    controllers,
    nodes: options.nodes ?? 0,
    ...(options.suffer ? { faults: { controllers: options.suffer } } : {}),
  });

async function create({ admin }: TestCluster, spec: object = {}): Promise<void> {
  const labels = { app: "db" };
  const containers = [{ name: "main", image: "registry.example/db:1" }];
  const template = { metadata: { labels }, spec: { containers, terminationGracePeriodSeconds: 1 } };
  const whole = { replicas: 2, serviceName: "db", selector: { matchLabels: labels }, template, ...spec };
  await admin.create(StatefulSet, { metadata: NAME, spec: whole as V1StatefulSetSpec });
}
const change = ({ admin }: TestCluster, spec: Partial<V1StatefulSetSpec>) =>
  admin.patch(StatefulSet, NAME, { spec }, { type: "merge" });
const roll = ({ admin }: TestCluster, version: number) => {
  const path = "/spec/template/spec/containers/0/image";
  return admin.patch(StatefulSet, NAME, [{ op: "replace", path, value: `registry.example/db:${version}` }], {
    type: "json",
  });
};

const namesOf = async ({ admin }: TestCluster) =>
  (await admin.list(Pod, { namespace })).items.map(({ metadata }) => metadata.name ?? "").sort();
const imagesOf = async ({ admin }: TestCluster) =>
  (await admin.list(Pod, { namespace })).items
    .map(({ metadata, spec }) => `${metadata.name} ${spec.containers[0]?.image?.split(":")[1]}`)
    .sort();
const until = (cluster: TestCluster, wanted: readonly string[], what = namesOf) =>
  cluster.eventually(async () => (await what(cluster)).join() === wanted.join());
const ownersOf = async ({ admin }: TestCluster, claim: string) =>
  ((await admin.get(PersistentVolumeClaim, keyOf(claim))).metadata.ownerReferences ?? []).map(
    ({ kind, name }) => `${kind} ${name}`,
  );
async function told({ admin }: TestCluster, reason: string): Promise<string[]> {
  const { items } = await admin.list(Event, { namespace });
  return items.filter((event) => event.reason === reason).map(({ message = "" }) => message);
}

test("ordered pods come one by one and go one by one, the last first", async () => {
  await using cluster = await start({ nodes: 1 });
  await create(cluster, { replicas: 3, minReadySeconds: 3 });
  const seen: string[] = [];
  await cluster.eventually(async () => {
    const names = (await namesOf(cluster)).join(" ");
    if (seen.at(-1) !== names) seen.push(names);
    return names === "db-0 db-1 db-2";
  });
  assert.deepEqual(
    seen.filter((names) => names !== ""),
    ["db-0", "db-0 db-1", "db-0 db-1 db-2"],
  );
  await change(cluster, { replicas: 1 });
  await until(cluster, ["db-0"]);
  const gone = await told(cluster, "SuccessfulDelete");
  assert.deepEqual(gone.sort(), [
    "Delete Pod db-1 in StatefulSet db successful",
    "Delete Pod db-2 in StatefulSet db successful",
  ]);
});

test("below the partition pods stay of the old version, also when they are made anew", async () => {
  await using cluster = await start({ nodes: 1 });
  await create(cluster, { replicas: 3, updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } });
  await until(cluster, ["db-0 1", "db-1 1", "db-2 1"], imagesOf);
  await cluster.eventually(async () => (await cluster.admin.get(StatefulSet, NAME)).status.availableReplicas === 3);
  await roll(cluster, 2);
  await until(cluster, ["db-0 1", "db-1 1", "db-2 2"], imagesOf);
  await cluster.admin.delete(Pod, keyOf("db-0"));
  await cluster.pass(5000);
  await until(cluster, ["db-0 1", "db-1 1", "db-2 2"], imagesOf);
  const { status } = await cluster.admin.get(StatefulSet, NAME);
  assert.notEqual(status.currentRevision, status.updateRevision);
  assert.deepEqual([status.currentReplicas, status.updatedReplicas], [2, 1]);
});

test("claims go with the set, or with a pod that is too many, as the policy says", async () => {
  await using cluster = await start();
  const policy = { whenDeleted: "Delete", whenScaled: "Delete" };
  await create(cluster, { ...claims, ...parallel, persistentVolumeClaimRetentionPolicy: policy });
  await until(cluster, ["db-0", "db-1"]);
  assert.deepEqual(await ownersOf(cluster, "data-db-1"), ["StatefulSet db"]);
  const { metadata } = await cluster.admin.get(PersistentVolumeClaim, keyOf("data-db-1"));
  assert.deepEqual(metadata.labels, { of: "db", app: "db" });
  await change(cluster, { replicas: 1 });
  await until(cluster, ["db-0"]);
  assert.deepEqual(await ownersOf(cluster, "data-db-1"), ["Pod db-1"]);
  assert.deepEqual(await ownersOf(cluster, "data-db-0"), ["StatefulSet db"]);
  // Nobody collects it here; beside it no pod is made.
  await change(cluster, { replicas: 2 });
  await cluster.pass(3000);
  assert.deepEqual(await namesOf(cluster), ["db-0"]);
  await cluster.admin.patch(
    PersistentVolumeClaim,
    keyOf("data-db-1"),
    { metadata: { finalizers: null } },
    { type: "merge" },
  );
  await cluster.admin.delete(PersistentVolumeClaim, keyOf("data-db-1"));
  await cluster.pass(1000);
  await change(cluster, { revisionHistoryLimit: 5 });
  await until(cluster, ["db-0", "db-1"]);
  await change(cluster, { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" } });
  await cluster.eventually(async () => (await ownersOf(cluster, "data-db-0")).length === 0);
});

test("a claim that somebody else manages is left to him, and that is told", async () => {
  await using cluster = await start();
  const owner = { apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "x", controller: true };
  await cluster.admin.create(PersistentVolumeClaim, {
    metadata: { ...keyOf("data-db-0"), ownerReferences: [owner] },
    spec: SIZE,
  });
  const policy = { whenDeleted: "Delete", whenScaled: "Retain" };
  await create(cluster, { ...claims, ...parallel, replicas: 1, persistentVolumeClaimRetentionPolicy: policy });
  await until(cluster, ["db-0"]);
  await cluster.pass(2000);
  assert.deepEqual(await ownersOf(cluster, "data-db-0"), ["ConfigMap x"]);
  assert.deepEqual(await told(cluster, "FailedUpdate"), []);
});

test("a pod without its claim, or without its name, is put right", async () => {
  await using cluster = await start();
  await create(cluster, { ...claims, ...parallel, replicas: 1 });
  await until(cluster, ["db-0"]);
  const { admin } = cluster;
  await admin.patch(PersistentVolumeClaim, keyOf("data-db-0"), { metadata: { finalizers: null } }, { type: "merge" });
  await admin.delete(PersistentVolumeClaim, keyOf("data-db-0"));
  const label = "statefulset.kubernetes.io/pod-name";
  await admin.patch(Pod, keyOf("db-0"), { metadata: { labels: { [label]: "other" } } }, { type: "merge" });
  await cluster.eventually(() => admin.get(PersistentVolumeClaim, keyOf("data-db-0")));
  await cluster.eventually(async () => (await admin.get(Pod, keyOf("db-0"))).metadata.labels?.[label] === "db-0");
  assert.deepEqual(await told(cluster, "SuccessfulUpdate"), ["Update Pod db-0 in StatefulSet db successful"]);
});

test("a pod that waits for a claim that is gone gets another", async () => {
  await using cluster = await start();
  await create(cluster, { ...claims, replicas: 1 });
  await until(cluster, ["db-0"]);
  const { admin } = cluster;
  const key = keyOf("data-db-0");
  await admin.patch(PersistentVolumeClaim, key, { metadata: { finalizers: null } }, { type: "merge" });
  await admin.delete(PersistentVolumeClaim, key);
  await cluster.pass(500);
  await change(cluster, { revisionHistoryLimit: 5 });
  await cluster.eventually(() => admin.get(PersistentVolumeClaim, key), 10_000);
});

test("a claim that is just going is waited for, and why no pod comes is told", async () => {
  await using cluster = await start();
  const finalizers = ["example.org/hold"];
  await cluster.admin.create(PersistentVolumeClaim, { metadata: { ...keyOf("data-db-0"), finalizers }, spec: SIZE });
  await cluster.admin.delete(PersistentVolumeClaim, keyOf("data-db-0"));
  await create(cluster, { ...claims, replicas: 1 });
  await cluster.eventually(async () => (await told(cluster, "FailedCreate")).length > 0);
  assert.equal(
    (await told(cluster, "FailedCreate"))[0],
    "Create Pod db-0 in StatefulSet db failed error: pvc data-db-0 is being deleted",
  );
  await cluster.admin.patch(
    PersistentVolumeClaim,
    keyOf("data-db-0"),
    { metadata: { finalizers: null } },
    { type: "merge" },
  );
  await until(cluster, ["db-0"]);
});

test("a claim that cannot be made is told of twice, and tried again", async () => {
  let away = true;
  const suffer: FaultPlan = ({ method, path }) =>
    away && method === "POST" && path.endsWith("/persistentvolumeclaims") ? { type: "lose" } : undefined;
  await using cluster = await start({ suffer });
  await create(cluster, { ...claims, replicas: 1 });
  const messages = await cluster.eventually(async () => {
    const found = await told(cluster, "FailedCreate");
    return found.length === 2 ? found : undefined;
  });
  const why = "The network lost a message";
  assert.deepEqual(messages.sort(), [
    `Create Claim data-db-0 for Pod db-0 in StatefulSet db failed error: ${why}`,
    `Create Pod db-0 in StatefulSet db failed error: failed to create PVC data-db-0: ${why}`,
  ]);
  away = false;
  await until(cluster, ["db-0"]);
});

test("what ended is made anew, and a pod of another owner is not taken", async () => {
  await using cluster = await start();
  const { admin } = cluster;
  const other = { apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "x", controller: true };
  const pod = (name: string, more: object) =>
    admin.create(Pod, {
      metadata: { ...keyOf(name), labels: { app: "db" }, ...more },
      spec: { containers: [{ name: "c", image: "i" }] } as unknown as V1Pod["spec"],
    });
  await pod("db-1", { ownerReferences: [other] });
  await pod("stranger", {});
  await create(cluster, { ...parallel });
  await until(cluster, ["db-0", "db-1", "stranger"]);
  await cluster.pass(2000);
  assert.deepEqual((await admin.get(Pod, keyOf("db-1"))).metadata.ownerReferences, [other]);
  assert.equal((await admin.get(Pod, keyOf("stranger"))).metadata.ownerReferences, undefined);
  await admin.delete(Pod, keyOf("db-1"));
  await cluster.eventually(
    async () => (await admin.get(Pod, keyOf("db-1"))).metadata.ownerReferences?.[0]?.name === "db",
  );
  const { metadata } = await admin.get(Pod, keyOf("db-0"));
  await admin.patch(Pod, keyOf("db-0"), { status: { phase: "Failed" } }, { type: "merge", subresource: "status" });
  await cluster.eventually(async () => (await admin.get(Pod, keyOf("db-0"))).metadata.uid !== metadata.uid);
});

test("a set that is being deleted counts its pods and touches none of them", async () => {
  await using cluster = await start();
  await create(cluster, { ...parallel });
  await until(cluster, ["db-0", "db-1"]);
  await cluster.admin.delete(StatefulSet, NAME, { propagationPolicy: "Foreground" });
  await cluster.admin.delete(Pod, keyOf("db-1"));
  await cluster.eventually(async () => (await cluster.admin.get(StatefulSet, NAME)).status.replicas === 1);
  await cluster.pass(3000);
  assert.deepEqual(await namesOf(cluster), ["db-0"]);
  await cluster.admin.patch(StatefulSet, NAME, { metadata: { finalizers: null } }, { type: "merge" });
  await assert.rejects(cluster.admin.get(StatefulSet, NAME), isNotFound);
});

test("a revision that has the name of another template's is not taken for it", async () => {
  await using cluster = await start();
  const { admin } = cluster;
  await create(cluster, { ...parallel });
  await until(cluster, ["db-0", "db-1"]);
  const [first] = (await admin.list(ControllerRevision, { namespace })).items;
  await admin.delete(StatefulSet, NAME, { propagationPolicy: "Background" });
  await admin.delete(ControllerRevision, keyOf(first!.metadata.name!));
  for (const name of await namesOf(cluster)) await admin.delete(Pod, keyOf(name));
  const data = { spec: { template: { $patch: "replace", spec: { containers: [] } } } };
  await admin.create(ControllerRevision, { metadata: keyOf(first!.metadata.name!), data, revision: 9 });
  await create(cluster, { ...parallel });
  await until(cluster, ["db-0", "db-1"]);
  const { status } = await cluster.eventually(async () => {
    const set = await admin.get(StatefulSet, NAME);
    return set.status.updateRevision ? set : undefined;
  });
  assert.equal(status.collisionCount, 1);
  assert.notEqual(status.updateRevision, first!.metadata.name);
});

test("going back brings the revision that was there to the front, and old ones go beyond the limit", async () => {
  await using cluster = await start();
  await create(cluster, { ...parallel, revisionHistoryLimit: 1, replicas: 0 });
  const numbers = async ({ admin }: TestCluster) =>
    (await admin.list(ControllerRevision, { namespace })).items.map(({ revision }) => String(revision)).sort();
  await until(cluster, ["1"], numbers);
  await roll(cluster, 2);
  await until(cluster, ["1", "2"], numbers);
  await roll(cluster, 1);
  await until(cluster, ["2", "3"], numbers);
  await roll(cluster, 3);
  await until(cluster, ["3", "4"], numbers);
});
