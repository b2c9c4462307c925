import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap, Pod, ResourceQuota, type V1Pod, type V1ResourceQuota } from "@dingi/api";
import { customKind, ignoreAlreadyExists } from "@dingi/apimachinery";
import type { NewObject } from "@dingi/client";
import { TestCluster, testUnderFaults } from "@dingi/testing";
import { resourceQuotaController } from "./resourcequota-controller.ts";
import { podGarbageCollector } from "../podgc/pod-garbage-collector.ts";

const controllers = [resourceQuotaController, podGarbageCollector];

const namespace = "default";
const KEY = { namespace, name: "q" };
const quotaOf = (hard: Readonly<Record<string, string>>, rest: object = {}): NewObject<V1ResourceQuota> => ({
  metadata: KEY,
  spec: { hard, ...rest },
  status: {},
});
const containers = [{ name: "c", image: "registry.example/x:1" }];
const podOf = (name: string, spec: object = {}): NewObject<V1Pod> =>
  ({ metadata: { namespace, name }, spec: { containers, ...spec } }) as NewObject<V1Pod>;
const usedOf = async ({ admin }: TestCluster) => (await admin.get(ResourceQuota, KEY)).status.used;

async function isUsed(cluster: TestCluster, used: Readonly<Record<string, string>>): Promise<boolean> {
  assert.deepEqual(await usedOf(cluster), used);
  return true;
}

testUnderFaults("A quota is filled, and filled again when something of it is free", {
  component: "controllers",
  share: 4,
  async run(cluster) {
    const { admin } = cluster;
    await admin.create(ResourceQuota, quotaOf({ pods: "2", "count/leases.coordination.k8s.io": "1" }));
    await cluster.eventually(async () => (await usedOf(cluster))?.["pods"] === "0");
    const isFull = async (name: string) => {
      await admin.create(Pod, podOf(name)).catch(ignoreAlreadyExists);
      return true;
    };
    await isFull("a");
    await isFull("b");
    await assert.rejects(isFull("c"), /exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2/);
    await admin.delete(Pod, { namespace, name: "a" }, { gracePeriodSeconds: 0 });
    await cluster.eventually(() => isFull("c"));
    await cluster.eventually(() => isUsed(cluster, { pods: "2", "count/leases.coordination.k8s.io": "0" }));
    return { pods: (await admin.list(Pod, { namespace })).items.map(({ metadata }) => metadata.name).sort() };
  },
  wanted: { pods: ["b", "c"] },
});

test("what is deleted is free at once, of every kind", async () => {
  await using cluster = await TestCluster.start({ controllers, parts: ["controllers"] });
  const { admin } = cluster;
  // The root's certificates are there, too.
  await admin.create(ResourceQuota, quotaOf({ configmaps: "2" }));
  await cluster.eventually(() => isUsed(cluster, { configmaps: "1" }), 0);
  await admin.create(ConfigMap, { metadata: { namespace, name: "a" } });
  await assert.rejects(admin.create(ConfigMap, { metadata: { namespace, name: "b" } }), /exceeded quota: q/);
  await admin.delete(ConfigMap, { namespace, name: "a" });
  await cluster.eventually(() => isUsed(cluster, { configmaps: "1" }), 1000);
});

test("a quota whose limits change shows them at once", async () => {
  await using cluster = await TestCluster.start({ controllers, parts: ["controllers"] });
  const { admin } = cluster;
  await admin.create(ResourceQuota, quotaOf({ configmaps: "2" }));
  await cluster.eventually(() => isUsed(cluster, { configmaps: "1" }), 0);
  await admin.patch(ResourceQuota, KEY, { spec: { hard: { configmaps: null, secrets: "7" } } }, { type: "merge" });
  await cluster.eventually(() => isUsed(cluster, { secrets: "0" }), 0);
});

test("a charge for what was never written is taken back", async () => {
  await using cluster = await TestCluster.start({ controllers, parts: ["controllers"] });
  const { admin } = cluster;
  await admin.create(ResourceQuota, quotaOf({ configmaps: "5" }));
  await cluster.eventually(() => isUsed(cluster, { configmaps: "1" }), 0);
  await admin.create(ConfigMap, { metadata: { namespace, name: "a" } });
  await assert.rejects(admin.create(ConfigMap, { metadata: { namespace, name: "a" } }), /already exists/);
  assert.deepEqual(await usedOf(cluster), { configmaps: "3" });
  await cluster.eventually(() => isUsed(cluster, { configmaps: "2" }), 61_000);
});

test("what is being written stays charged while something else is freed", async () => {
  await using cluster = await TestCluster.start({ controllers, parts: ["controllers"] });
  const { admin } = cluster;
  await admin.create(ResourceQuota, quotaOf({ configmaps: "5" }));
  await admin.create(ConfigMap, { metadata: { namespace, name: "a" } });
  await cluster.eventually(() => isUsed(cluster, { configmaps: "2" }), 0);
  // As a server does just before it writes the object.
  await admin.patch(
    ResourceQuota,
    KEY,
    { status: { used: { configmaps: "3" } } },
    { type: "merge", subresource: "status" },
  );
  await admin.delete(ConfigMap, { namespace, name: "a" });
  await cluster.eventually(() => isUsed(cluster, { configmaps: "3" }), 0);
  await cluster.eventually(() => isUsed(cluster, { configmaps: "1" }), 1000);
});

test("a pod that has ended uses nothing, and one that should be gone neither", async () => {
  await using cluster = await TestCluster.start({ controllers, parts: ["controllers"] });
  const { admin } = cluster;
  await admin.create(ResourceQuota, quotaOf({ pods: "5", "count/pods": "5" }));
  await cluster.eventually(() => isUsed(cluster, { pods: "0", "count/pods": "0" }), 0);
  for (const name of ["ended", "lost"]) await admin.create(Pod, podOf(name, { nodeName: "gone" }));
  await admin.patch(
    Pod,
    { namespace, name: "ended" },
    { status: { phase: "Succeeded" } },
    { type: "merge", subresource: "status" },
  );
  await cluster.eventually(() => isUsed(cluster, { pods: "1", "count/pods": "2" }), 1000);
  await admin.patch(Pod, { namespace, name: "lost" }, { metadata: { finalizers: ["x.y/z"] } }, { type: "merge" });
  await admin.delete(Pod, { namespace, name: "lost" }, { gracePeriodSeconds: 20 });
  await cluster.pass(30_000);
  assert.equal((await usedOf(cluster))?.["pods"], "1");
  await cluster.eventually(async () => (await usedOf(cluster))?.["pods"] === "0", 11_000);
});

test("kinds that come later are counted from then on", async () => {
  await using cluster = await TestCluster.start({ controllers, parts: ["controllers"] });
  const { admin } = cluster;
  const boats = customKind({
    apiVersion: "example.com/v1",
    kind: "Boat",
    plural: "boats",
    scope: "Namespaced",
  });
  await admin.create(ResourceQuota, quotaOf({ "count/boats.example.com": "1" }));
  await cluster.pass(1000);
  assert.equal(await usedOf(cluster), undefined);
  await cluster.resources.serve(boats as never);
  await cluster.eventually(() => isUsed(cluster, { "count/boats.example.com": "0" }));
  const boat = (name: string) => ({ metadata: { namespace, name } }) as never;
  await admin.create(boats, boat("a"));
  await assert.rejects(admin.create(boats, boat("b")), /exceeded quota: q, requested: count\/boats/);
  await admin.delete(boats, { namespace, name: "a" });
  await cluster.eventually(() => isUsed(cluster, { "count/boats.example.com": "0" }), 1000);
});
