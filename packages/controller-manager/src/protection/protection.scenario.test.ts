import assert from "node:assert/strict";
import { test } from "node:test";
import { PersistentVolume, PersistentVolumeClaim, Pod, VolumeAttributesClass } from "@dingi/api";
import { isNotFound, type KindDefinition, type KubeObject } from "@dingi/apimachinery";
import { TestCluster } from "@dingi/testing";
import { pvProtectionController } from "./pv-protection-controller.ts";
import { pvcProtectionController } from "./pvc-protection-controller.ts";
import { vacProtectionController } from "./vac-protection-controller.ts";
import { persistentVolumeBinder } from "../persistentvolume/persistentvolume-binder.ts";

const controllers = [
  () => pvProtectionController,
  () => pvcProtectionController,
  () => vacProtectionController,
  () => persistentVolumeBinder,
];

const DATA = { namespace: "default", name: "data" };
const PV = { namespace: "", name: "pv" };
const GOLD = { namespace: "", name: "gold" };
const SIZE = { storage: "1Gi" };

async function exists<T extends KubeObject>({ admin }: TestCluster, kind: KindDefinition<T>, key: typeof PV) {
  return await admin.get(kind, key).then(
    () => true,
    (error: unknown) => (isNotFound(error) ? false : Promise.reject(error)),
  );
}

/** A claim bound to a volume that an administrator made, by a class of attributes. */
async function bind(cluster: TestCluster): Promise<void> {
  const { admin } = cluster;
  await admin.create(VolumeAttributesClass, {
    metadata: { name: GOLD.name },
    driverName: "csi.example.org",
    parameters: { speed: "high" },
  });
  const common = { accessModes: ["ReadWriteOnce"], storageClassName: "", volumeAttributesClassName: GOLD.name };
  const csi = { driver: "csi.example.org", volumeHandle: "1" };
  await admin.create(PersistentVolume, {
    metadata: { name: PV.name },
    spec: { ...common, capacity: SIZE, csi, persistentVolumeReclaimPolicy: "Retain" },
  });
  await admin.create(PersistentVolumeClaim, { metadata: DATA, spec: { ...common, resources: { requests: SIZE } } });
  await cluster.eventually(async () => (await admin.get(PersistentVolumeClaim, DATA)).status.phase === "Bound");
}

const unusedOf = async ({ admin }: TestCluster) =>
  (await admin.get(PersistentVolumeClaim, DATA)).status.conditions
    ?.filter(({ type }) => type === "Unused")
    .map(({ status, reason }) => `${status} ${reason}`)
    .join();

test("what is used stays until nobody uses it: a claim, its volume, its class of attributes", async () => {
  await using cluster = await TestCluster.start({ controllers, parts: ["controllers"] });
  const { admin } = cluster;
  await bind(cluster);
  await cluster.eventually(async () => (await unusedOf(cluster)) === "True NoPodsUsingPVC");
  const volumes = [{ name: "v", persistentVolumeClaim: { claimName: "data" } }];
  const spec = { nodeName: "n", containers: [{ name: "c", image: "i" }], volumes };
  await admin.create(Pod, { metadata: { namespace: "default", name: "p" }, spec } as never);
  await cluster.eventually(async () => (await unusedOf(cluster)) === "False PodUsingPVC");
  await admin.delete(VolumeAttributesClass, GOLD);
  await admin.delete(PersistentVolume, PV);
  await admin.delete(PersistentVolumeClaim, DATA);
  await cluster.pass(5000);
  assert.ok(await exists(cluster, PersistentVolumeClaim, DATA));
  assert.ok(await exists(cluster, PersistentVolume, PV));
  assert.ok(await exists(cluster, VolumeAttributesClass, GOLD));
  await admin.delete(Pod, { namespace: "default", name: "p" }, { gracePeriodSeconds: 0 });
  await cluster.eventually(async () => !(await exists(cluster, PersistentVolumeClaim, DATA)));
  await cluster.eventually(async () => !(await exists(cluster, PersistentVolume, PV)));
  await cluster.eventually(async () => !(await exists(cluster, VolumeAttributesClass, GOLD)));
});

test("what somebody took the protection from gets it back", async () => {
  await using cluster = await TestCluster.start({ controllers, parts: ["controllers"] });
  const { admin } = cluster;
  await bind(cluster);
  for (const [kind, key] of [
    [PersistentVolumeClaim, DATA],
    [PersistentVolume, PV],
    [VolumeAttributesClass, GOLD],
  ] as const) {
    const any = kind as unknown as KindDefinition;
    const { finalizers } = (await admin.get(any, key)).metadata;
    await admin.patch(any, key, { metadata: { finalizers: null } }, { type: "merge" });
    await cluster.eventually(
      async () => (await admin.get(any, key)).metadata.finalizers?.join() === finalizers!.join(),
    );
  }
});
