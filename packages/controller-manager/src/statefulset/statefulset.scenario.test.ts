import assert from "node:assert/strict";
import { test } from "node:test";
import { ControllerRevision, Event, PersistentVolumeClaim, Pod, StatefulSet, type V1StatefulSet } from "@dingi/api";
import type { NewObject } from "@dingi/client";
import { TestCluster, testUnderFaults } from "@dingi/testing";
import { statefulSetController } from "./statefulset-controller.ts";
import { garbageCollector } from "../garbagecollector/garbage-collector.ts";

const controllers = [() => statefulSetController, garbageCollector];

const NAME = { namespace: "default", name: "db" };
const DB: NewObject<V1StatefulSet> = {
  metadata: NAME,
  spec: {
    replicas: 2,
    serviceName: "db",
    selector: { matchLabels: { app: "db" } },
    template: {
      metadata: { labels: { app: "db" } },
      spec: { containers: [{ name: "main", image: "registry.example/db:1" }] },
    },
  },
};
const image = (version: number) => [
  { op: "replace", path: "/spec/template/spec/containers/0/image", value: `registry.example/db:${version}` },
];

async function settled({ admin }: TestCluster): Promise<boolean> {
  const { metadata, spec, status } = await admin.get(StatefulSet, NAME);
  const isCurrent =
    status.observedGeneration === metadata.generation && status.currentRevision === status.updateRevision;
  const { items } = await admin.list(Pod, { namespace: "default" });
  return isCurrent && status.availableReplicas === spec.replicas && items.length === spec.replicas;
}

async function podsOf({ admin }: TestCluster): Promise<object[]> {
  const { items } = await admin.list(Pod, { namespace: "default" });
  return items.map(({ metadata, spec, status }) => [metadata.name, spec.containers[0]?.image, status.phase]);
}

async function rollOut(cluster: TestCluster): Promise<object> {
  const { admin } = cluster;
  await admin.create(StatefulSet, DB);
  await cluster.eventually(() => settled(cluster));
  await admin.patch(StatefulSet, NAME, image(2), { type: "json" });
  await cluster.eventually(() => settled(cluster));
  const revisions = (await admin.list(ControllerRevision, { namespace: "default" })).items;
  return { pods: await podsOf(cluster), revisions: revisions.map(({ revision }) => revision).sort() };
}

testUnderFaults("A rolling update of numbered pods ends as it should", {
  component: "controllers",
  share: 20,
  cluster: { controllers, nodes: 1 },
  run: rollOut,
  wanted: {
    pods: [
      ["db-0", "registry.example/db:2", "Running"],
      ["db-1", "registry.example/db:2", "Running"],
    ],
    revisions: [1, 2],
  },
});

test("a set that goes back takes the revision that it had, and forgets what is too old", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  const { admin } = cluster;
  await admin.create(StatefulSet, { ...DB, spec: { ...DB.spec!, revisionHistoryLimit: 1 } });
  for (const version of [2, 3, 1]) {
    await cluster.eventually(() => settled(cluster));
    await admin.patch(StatefulSet, NAME, image(version), { type: "json" });
  }
  await cluster.eventually(() => settled(cluster));
  const revisions = (await admin.list(ControllerRevision, { namespace: "default" })).items;
  assert.deepEqual(revisions.map(({ revision }) => revision).sort(), [3, 4]);
  const { status } = await admin.get(StatefulSet, NAME);
  assert.ok(revisions.some(({ metadata, revision }) => revision === 4 && metadata.name === status.currentRevision));
});

test("each pod gets its name, its claims and its place in DNS", async () => {
  await using cluster = await TestCluster.start({ controllers });
  const { admin } = cluster;
  const resources = { requests: { storage: "1Gi" } };
  const volumeClaimTemplates = [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources } }];
  const spec = {
    ...DB.spec!,
    volumeClaimTemplates,
    podManagementPolicy: "Parallel",
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" },
  };
  await admin.create(StatefulSet, { ...DB, spec: spec as unknown as V1StatefulSet["spec"] });
  await cluster.eventually(async () => (await admin.list(Pod, { namespace: "default" })).items.length === 2);
  const pod = await admin.get(Pod, { namespace: "default", name: "db-1" });
  const { "controller-revision-hash": revision, ...labels } = pod.metadata.labels ?? {};
  assert.deepEqual(labels, {
    app: "db",
    "apps.kubernetes.io/pod-index": "1",
    "statefulset.kubernetes.io/pod-name": "db-1",
  });
  await admin.get(ControllerRevision, { namespace: "default", name: revision ?? "" });
  assert.deepEqual([pod.metadata.generateName, pod.spec.hostname, pod.spec.subdomain], ["db-", "db-1", "db"]);
  assert.equal(pod.spec.volumes?.[0]?.persistentVolumeClaim?.claimName, "data-db-1");
  const claims = (await admin.list(PersistentVolumeClaim, { namespace: "default" })).items;
  assert.deepEqual(
    claims.map(({ metadata }) => [metadata.name, metadata.labels, metadata.ownerReferences?.[0]?.name]),
    [0, 1].map((ordinal) => [`data-db-${ordinal}`, { app: "db" }, "db"]),
  );
  const events = await cluster.eventually(async () => {
    const { items } = await admin.list(Event, { namespace: "default" });
    const ours = items.filter(({ involvedObject }) => involvedObject.kind === "StatefulSet");
    return ours.length === 4 ? ours : undefined;
  });
  assert.deepEqual(
    events
      .map(({ message }) => message)
      .filter((message) => message?.includes("db-1"))
      .sort(),
    ["Create Claim data-db-1 Pod db-1 in StatefulSet db success", "Create Pod db-1 in StatefulSet db successful"],
  );
});
