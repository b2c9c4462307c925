import assert from "node:assert/strict";
import { test } from "node:test";
import {
  LOCAL_PROVISIONER,
  LOCAL_VOLUME_FINALIZER,
  LOCAL_VOLUME_MADE,
  LOCAL_VOLUME_NODE,
  PersistentVolume,
  PROVISIONED_BY,
} from "@dingi/api";
import { seededRandom, silentLogger } from "@dingi/base";
import { TestCluster } from "@dingi/testing";
import { SimulatedHost } from "../host/simulated/simulated-host.ts";
import { LocalVolumes } from "./local-volumes.ts";

const OWN = "/var/lib/kubelet/local-volumes/pv";
const KEY = { namespace: "", name: "pv" };

/** As somebody may write it by hand: on a node, and with a path of his own. */
async function addVolume({ admin }: TestCluster, node: string): Promise<void> {
  const isThere = { key: "kubernetes.io/hostname", operator: "In", values: [node] };
  await admin.create(PersistentVolume, {
    metadata: {
      name: KEY.name,
      labels: { [LOCAL_VOLUME_NODE]: node },
      annotations: { [PROVISIONED_BY]: LOCAL_PROVISIONER },
      finalizers: [LOCAL_VOLUME_FINALIZER],
    },
    spec: {
      accessModes: ["ReadWriteOnce"],
      capacity: { storage: "1Gi" },
      local: { path: "/etc" },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [isThere] }] } },
      persistentVolumeReclaimPolicy: "Delete",
    },
  });
}

const isMade = async ({ admin }: TestCluster) =>
  (await admin.get(PersistentVolume, KEY)).metadata.annotations?.[LOCAL_VOLUME_MADE] === "true";
const isGone = async ({ admin }: TestCluster) => (await admin.list(PersistentVolume)).items.length === 0;

test("only a directory of the volume's own is made and removed, whatever path it names", async () => {
  await using cluster = await TestCluster.start({ nodes: 2 });
  const [node, other] = cluster.nodes.map(({ host }) => host);
  await node!.makeDirectory("/etc");
  await addVolume(cluster, "node-1");
  await cluster.eventually(async () => await isMade(cluster));
  assert.equal(await node!.fileType(OWN), "directory");
  assert.equal(await other!.fileType(OWN), undefined);
  await cluster.admin.delete(PersistentVolume, KEY);
  await cluster.eventually(async () => await isGone(cluster));
  assert.equal(await node!.fileType(OWN), undefined);
  assert.equal(await node!.fileType("/etc"), "directory");
});

test("what a node could not do it tries again", async () => {
  await using cluster = await TestCluster.start({ nodes: 1 });
  const { host } = cluster.nodes[0]!;
  let failures = 0;
  const [make, remove] = [host.makeDirectory.bind(host), host.removeTree.bind(host)];
  const failing = (path: string) => path === OWN && ++failures <= 2;
  const refuse = () => Promise.reject(new Error("The disk does not answer"));
  host.makeDirectory = (path) => (failing(path) ? refuse() : make(path));
  await addVolume(cluster, "node-1");
  await cluster.eventually(async () => await isMade(cluster), 15_000);
  assert.equal(failures, 3);
  failures = 0;
  host.removeTree = (path) => (failing(path) ? refuse() : remove(path));
  await cluster.admin.delete(PersistentVolume, KEY);
  await cluster.eventually(async () => await isGone(cluster), 15_000);
  assert.equal(failures, 3);
  assert.equal(await host.fileType(OWN), undefined);
});

test("what happens to a volume meanwhile is looked at afterwards, and not beside", async () => {
  await using cluster = await TestCluster.start({ nodes: 1 });
  const { host } = cluster.nodes[0]!;
  const make = host.makeDirectory.bind(host);
  const answer = Promise.withResolvers<void>();
  let atOnce = 0;
  host.makeDirectory = async (path) => {
    if (path === OWN && ++atOnce) await answer.promise;
    await make(path);
  };
  await addVolume(cluster, "node-1");
  await cluster.pass(1000);
  await cluster.admin.patch(PersistentVolume, KEY, { metadata: { labels: { some: "change" } } }, { type: "merge" });
  await cluster.pass(1000);
  assert.equal(atOnce, 1);
  answer.resolve();
  await cluster.eventually(async () => await isMade(cluster));
});

test("a node that was away does its part when it is back", async () => {
  await using cluster = await TestCluster.start({ nodes: 1 });
  const [node] = cluster.nodes;
  await addVolume(cluster, "node-1");
  await cluster.eventually(async () => await isMade(cluster));
  await node!.stopKubelet();
  await cluster.admin.delete(PersistentVolume, KEY);
  await cluster.pass(10_000);
  assert.equal(await isGone(cluster), false);
  node!.startKubelet();
  await cluster.eventually(async () => await isGone(cluster));
  assert.equal(await node!.host.fileType(OWN), undefined);
});

test("whoever keeps a node's volumes ends when told to, also while the disk does not answer", async () => {
  await using cluster = await TestCluster.start({ parts: [] });
  const { admin, clock } = cluster;
  const host = new SimulatedHost({ clock, name: "node-1" });
  let tries = 0;
  host.makeDirectory = () => Promise.reject(new Error(`The disk does not answer: ${++tries}`));
  const stop = new AbortController();
  const common = { client: admin, host, clock, random: seededRandom(1), logger: silentLogger };
  const volumes = new LocalVolumes({ ...common, nodeName: "node-1", rootDirectory: "/var/lib/kubelet" });
  const running = volumes.run(stop.signal);
  await addVolume(cluster, "node-1");
  await cluster.pass(5000);
  assert.equal(tries, 3);
  stop.abort(new Error("The test is over"));
  await running;
  await cluster.pass(10_000);
  assert.equal(tries, 3);
});

test("another volume that has taken the name meanwhile is not let go for the one before", async () => {
  await using cluster = await TestCluster.start({ nodes: 1 });
  const { host } = cluster.nodes[0]!;
  await addVolume(cluster, "node-1");
  await cluster.eventually(async () => await isMade(cluster));
  const remove = host.removeTree.bind(host);
  const answer = Promise.withResolvers<void>();
  host.removeTree = async (path) => {
    if (path === OWN) await answer.promise;
    await remove(path);
  };
  const { admin } = cluster;
  await admin.delete(PersistentVolume, KEY);
  await cluster.pass(1000);
  await admin.patch(PersistentVolume, KEY, { metadata: { finalizers: null } }, { type: "merge" });
  await addVolume(cluster, "node-2");
  answer.resolve();
  await cluster.pass(5000);
  const { metadata } = await admin.get(PersistentVolume, KEY);
  assert.ok(metadata.finalizers?.includes(LOCAL_VOLUME_FINALIZER));
  assert.equal(metadata.deletionTimestamp, undefined);
});
