import assert from "node:assert/strict";
import { test } from "node:test";
import { Event, PersistentVolumeClaim, Pod } from "@dingi/api";
import { TestCluster, testUnderFaults } from "@dingi/testing";
import { ephemeralVolumeController } from "./ephemeral-volume-controller.ts";
import { garbageCollector } from "../garbagecollector/garbage-collector.ts";
import { pvcProtectionController } from "../protection/pvc-protection-controller.ts";

const controllers = [() => ephemeralVolumeController, () => pvcProtectionController, garbageCollector];

const POD = { namespace: "default", name: "p" };
const CLAIM = { namespace: "default", name: "p-scratch" };
const spec = { accessModes: ["ReadWriteOnce"], storageClassName: "none", resources: { requests: { storage: "1Gi" } } };
const template = { metadata: { labels: { a: "b" }, annotations: { c: "d" } }, spec };

async function addPod({ admin }: TestCluster): Promise<void> {
  const volumes = [{ name: "scratch", ephemeral: { volumeClaimTemplate: template } }];
  await admin.create(Pod, { metadata: POD, spec: { containers: [{ name: "c", image: "i" }], volumes } } as never);
}

async function comeAndGo(cluster: TestCluster): Promise<object> {
  const { admin } = cluster;
  await addPod(cluster);
  const claim = await cluster.eventually(() => admin.get(PersistentVolumeClaim, CLAIM));
  const { labels, annotations, ownerReferences } = claim.metadata;
  const pod = await admin.get(Pod, POD);
  await admin.delete(Pod, POD);
  await cluster.eventually(async () => (await admin.list(PersistentVolumeClaim)).items.length === 0);
  const isOwn = ownerReferences?.length === 1 && ownerReferences[0]!.uid === pod.metadata.uid;
  return { labels, annotation: annotations?.["c"], isOwn, storageClass: claim.spec.storageClassName };
}

testUnderFaults("A pod's ephemeral claim comes and goes with it", {
  component: "controllers",
  share: 10,
  cluster: { controllers, parts: ["controllers"] },
  run: comeAndGo,
  wanted: { labels: { a: "b" }, annotation: "d", isOwn: true, storageClass: "none" },
});

test("a claim that somebody else made is not taken, and the pod says why it waits", async () => {
  await using cluster = await TestCluster.start({ controllers, parts: ["controllers"] });
  const { admin } = cluster;
  const { metadata } = await admin.create(PersistentVolumeClaim, { metadata: CLAIM, spec });
  await addPod(cluster);
  const event = await cluster.eventually(async () =>
    (await admin.list(Event)).items.find(
      ({ reason, involvedObject }) => reason === "FailedBinding" && involvedObject.kind === "Pod",
    ),
  );
  assert.equal(
    event.message,
    "ephemeral volume scratch: PVC default/p-scratch was not created for pod default/p (pod is not owner)",
  );
  assert.deepEqual((await admin.get(PersistentVolumeClaim, CLAIM)).metadata.ownerReferences, metadata.ownerReferences);
});
