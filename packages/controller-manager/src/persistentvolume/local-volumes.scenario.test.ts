import assert from "node:assert/strict";
import { test } from "node:test";
import {
  LOCAL_PROVISIONER,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  SELECTED_NODE,
  STORAGE_PROVISIONER,
  StorageClass,
  type V1PersistentVolumeClaim,
  type V1Pod,
} from "@dingi/api";
import { isNotFound } from "@dingi/apimachinery";
import type { NewObject } from "@dingi/client";
import { TestCluster, testUnderFaults } from "@dingi/testing";
import { persistentVolumeBinder } from "./persistentvolume-binder.ts";
import { localVolumeProvisioner } from "../localprovisioner/local-volume-provisioner.ts";
import { pvProtectionController } from "../protection/pv-protection-controller.ts";
import { pvcProtectionController } from "../protection/pvc-protection-controller.ts";
import { statefulSetController } from "../statefulset/statefulset-controller.ts";
import { garbageCollector } from "../garbagecollector/garbage-collector.ts";

const controllers = [
  () => persistentVolumeBinder,
  () => localVolumeProvisioner,
  () => pvProtectionController,
  () => pvcProtectionController,
  () => statefulSetController,
  garbageCollector,
];

const DATA = { namespace: "default", name: "data" };
const WORK = { namespace: "default", name: "work" };
const DIRECTORY = "/var/lib/kubelet/local-volumes";

const claim: NewObject<V1PersistentVolumeClaim> = {
  metadata: DATA,
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
};
const pod: NewObject<V1Pod> = {
  metadata: WORK,
  spec: {
    containers: [
      { name: "main", image: "registry.example/db:1", volumeMounts: [{ name: "data", mountPath: "/data" }] },
    ],
    volumes: [{ name: "data", persistentVolumeClaim: { claimName: DATA.name } }],
    terminationGracePeriodSeconds: 1,
  },
};

async function addClass({ admin }: TestCluster): Promise<void> {
  await admin.create(StorageClass, {
    metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: LOCAL_PROVISIONER,
    volumeBindingMode: "WaitForFirstConsumer",
  });
}

async function runPod(cluster: TestCluster): Promise<string> {
  await cluster.admin.create(Pod, pod);
  return await cluster.eventually(async () => {
    const { spec, status } = await cluster.admin.get(Pod, WORK);
    return status.phase === "Running" ? spec.nodeName : undefined;
  });
}

async function endPod(cluster: TestCluster): Promise<void> {
  await cluster.admin.delete(Pod, WORK);
  await cluster.eventually(async () => await cluster.admin.get(Pod, WORK).then(() => false, isNotFound));
}

async function directories(cluster: TestCluster): Promise<string[]> {
  const all = await Promise.all(cluster.nodes.map(({ host }) => host.listDirectory(DIRECTORY)));
  return all.flatMap((names, index) => names.map((name) => `${cluster.nodes[index]!.name} ${name}`));
}

/** Twice a pod has the claim's data, and then the claim goes. */
async function live(cluster: TestCluster): Promise<object> {
  const { admin } = cluster;
  await addClass(cluster);
  await admin.create(PersistentVolumeClaim, claim);
  const first = await runPod(cluster);
  await endPod(cluster);
  const between = await directories(cluster);
  const second = await runPod(cluster);
  const { spec, status } = await admin.get(PersistentVolumeClaim, DATA);
  await endPod(cluster);
  await admin.delete(PersistentVolumeClaim, DATA);
  await cluster.eventually(async () => (await admin.list(PersistentVolume)).items.length === 0);
  return {
    stayed: first === second && between.join() === `${first} ${spec.volumeName}`,
    claim: [status.phase, status.capacity?.["storage"], spec.storageClassName],
    left: (await admin.list(PersistentVolumeClaim)).items.length + (await directories(cluster)).length,
  };
}

const WANTED = { stayed: true, claim: ["Bound", "1Gi", "standard"], left: 0 };

testUnderFaults("A claim's data are where its pods are, until it goes", {
  component: "controllers",
  share: 16,
  cluster: { controllers, nodes: 2 },
  run: live,
  wanted: WANTED,
});

testUnderFaults("A claim's data are there although the scheduler suffers", {
  component: "scheduler",
  share: 3,
  cluster: { controllers, nodes: 2 },
  run: live,
  wanted: WANTED,
});

testUnderFaults("A claim's data are there although the nodes suffer", {
  component: "node",
  share: 24,
  cluster: { controllers, nodes: 2 },
  run: live,
  wanted: WANTED,
});

test("a pod that came before its claim, and a claim before its class, are served in the end", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  const { admin } = cluster;
  await admin.create(Pod, pod);
  const condition = async () =>
    (await admin.get(Pod, WORK)).status.conditions?.find(({ type }) => type === "PodScheduled");
  const refused = await cluster.eventually(condition);
  assert.match(refused.message ?? "", /^0\/1 nodes are available: persistentvolumeclaim "data" not found\./);
  await admin.create(PersistentVolumeClaim, claim);
  await cluster.eventually(async () => (await condition())?.message?.includes("unbound immediate"));
  await addClass(cluster);
  // By their events, and not because the pod has waited long enough.
  await cluster.eventually(async () => (await admin.get(Pod, WORK)).status.phase === "Running", 15_000);
});

test("a claim for whose pod a node was selected that is gone gets another", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1, parts: ["controllers"] });
  const { admin } = cluster;
  await addClass(cluster);
  await admin.create(PersistentVolumeClaim, {
    ...claim,
    metadata: { ...DATA, annotations: { [SELECTED_NODE]: "gone" } },
  });
  await cluster.eventually(async () => {
    const { annotations } = (await admin.get(PersistentVolumeClaim, DATA)).metadata;
    return annotations?.[STORAGE_PROVISIONER] !== undefined && annotations[SELECTED_NODE] === undefined;
  });
});

test("the volume of a node that is gone goes with its claim", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  const { admin } = cluster;
  await addClass(cluster);
  await admin.create(PersistentVolumeClaim, claim);
  await runPod(cluster);
  await endPod(cluster);
  await cluster.nodes[0]!.stopKubelet();
  await admin.delete(PersistentVolumeClaim, DATA);
  await cluster.pass(5000);
  assert.equal((await admin.list(PersistentVolume)).items.length, 1);
  await admin.delete(Node, { namespace: "", name: "node-1" });
  await cluster.eventually(async () => (await admin.list(PersistentVolume)).items.length === 0);
});

test("a volume that is to be kept outlives its claim, and its directory its object", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  const { admin } = cluster;
  await addClass(cluster);
  await admin.create(PersistentVolumeClaim, claim);
  await runPod(cluster);
  await endPod(cluster);
  const [volume] = (await admin.list(PersistentVolume)).items;
  const key = { namespace: "", name: volume!.metadata.name! };
  await admin.patch(PersistentVolume, key, { spec: { persistentVolumeReclaimPolicy: "Retain" } }, { type: "merge" });
  await admin.delete(PersistentVolumeClaim, DATA);
  await cluster.eventually(async () => (await admin.get(PersistentVolume, key)).status.phase === "Released");
  await cluster.pass(5000);
  await admin.delete(PersistentVolume, key);
  await cluster.eventually(async () => (await admin.list(PersistentVolume)).items.length === 0);
  assert.deepEqual(await directories(cluster), [`node-1 ${key.name}`]);
});

test("a pod whose data are lost does not start without them", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  await addClass(cluster);
  await cluster.admin.create(PersistentVolumeClaim, claim);
  await runPod(cluster);
  await endPod(cluster);
  const [node] = cluster.nodes;
  await node!.host.removeTree(DIRECTORY);
  await cluster.admin.create(Pod, pod);
  await cluster.pass(20_000);
  assert.equal((await cluster.admin.get(Pod, WORK)).status.phase, "Pending");
  assert.deepEqual(await directories(cluster), []);
});
