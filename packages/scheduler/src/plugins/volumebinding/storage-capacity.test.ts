import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CSIDriver,
  CSIStorageCapacity,
  type V1CSIStorageCapacity,
  type V1PersistentVolumeClaim,
  type V1StorageClass,
} from "@dingi/api";
import { FakeInformers } from "../../testing/fake-informers.ts";
import { nodeWith } from "../scheduler-fixture.ts";
import { storageCapacity } from "./storage-capacity.ts";

const CLASS: V1StorageClass = { metadata: { name: "csi" }, provisioner: "csi.example.org" };
const { node: NODE } = nodeWith("n", { zone: "a" });
const claim = (storage: string): V1PersistentVolumeClaim => ({
  metadata: { namespace: "ns", name: "c" },
  spec: { resources: { requests: { storage } } },
  status: {},
});
const inZone = (zone: string) => ({ matchLabels: { "topology.kubernetes.io/zone": zone } });
type Told = Partial<Omit<V1CSIStorageCapacity, "metadata">>;

async function hasCapacity(storage: string, told: Told | undefined, counts: boolean | "unknown") {
  await using fake = new FakeInformers();
  const has = storageCapacity(fake.informers);
  await fake.start();
  if (counts !== "unknown")
    await fake.show(CSIDriver, { metadata: { name: "csi.example.org" }, spec: { storageCapacity: counts } });
  if (told)
    await fake.show(CSIStorageCapacity, {
      metadata: { namespace: "kube-system", name: "x" },
      storageClassName: "csi",
      nodeTopology: inZone("a"),
      ...told,
    });
  return has(claim(storage), CLASS, NODE);
}

const CASES: readonly (readonly [string, string, Told | undefined, boolean | "unknown", boolean])[] = [
  ["a driver that is not known", "1Gi", undefined, "unknown", true],
  ["a driver that does not count", "1Gi", undefined, false, true],
  ["a driver that tells nothing", "1Gi", undefined, true, false],
  ["enough", "1Gi", { capacity: "1Gi" }, true, true],
  ["too little", "2Gi", { capacity: "1Gi" }, true, false],
  ["enough, but not at once", "2Gi", { capacity: "9Gi", maximumVolumeSize: "1Gi" }, true, false],
  ["no amount", "1Gi", {}, true, false],
  ["another class", "1Gi", { capacity: "9Gi", storageClassName: "other" }, true, false],
  ["another zone", "1Gi", { capacity: "9Gi", nodeTopology: inZone("b") }, true, false],
  ["every node", "1Gi", { capacity: "9Gi", nodeTopology: {} }, true, true],
];
for (const [what, storage, told, counts, wanted] of CASES)
  test(`room for a volume: ${what}`, async () => assert.equal(await hasCapacity(storage, told, counts), wanted));

test("room that nobody can reach is none", async () => {
  await using fake = new FakeInformers();
  const has = storageCapacity(fake.informers);
  await fake.start();
  await fake.show(CSIDriver, { metadata: { name: "csi.example.org" }, spec: { storageCapacity: true } });
  const metadata = { namespace: "kube-system", name: "x" };
  await fake.show(CSIStorageCapacity, { metadata, storageClassName: "csi", capacity: "9Gi" });
  assert.equal(has(claim("1Gi"), CLASS, NODE), false);
});
