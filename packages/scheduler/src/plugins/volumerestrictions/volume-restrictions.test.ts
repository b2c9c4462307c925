import assert from "node:assert/strict";
import { test } from "node:test";
import { PersistentVolumeClaim, type V1Pod, type V1Volume } from "@dingi/api";
import { snapshotOf } from "../../cache/snapshot.ts";
import { CycleState } from "../../framework/plugin.ts";
import { FakeInformers } from "../../testing/fake-informers.ts";
import { nodeWith, podWith, verdicts } from "../scheduler-fixture.ts";
import { volumeRestrictions } from "./volume-restrictions.ts";

const IN_USE =
  "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod";
const NO_DISK = "node(s) had no available disk";

const withVolume = (volume: Omit<V1Volume, "name">): V1Pod => podWith({ volumes: [{ name: "v", ...volume }] });
const withClaim = (claimName: string): V1Pod => withVolume({ persistentVolumeClaim: { claimName } });

async function pluginWith(...claims: [name: string, mode: string][]) {
  const fake = new FakeInformers();
  const plugin = volumeRestrictions(fake.informers);
  await fake.start();
  for (const [name, mode] of claims)
    await fake.show(PersistentVolumeClaim, {
      metadata: { namespace: "ns", name },
      spec: { accessModes: [mode] },
      status: {},
    });
  return { plugin, [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose]() };
}

test("a claim of one pod keeps others off all nodes; a claim of one node does not", async () => {
  await using bench = await pluginWith(["alone", "ReadWriteOncePod"], ["shared", "ReadWriteOnce"]);
  const nodes = [nodeWith("a", { pods: [withClaim("alone"), withClaim("shared")] }), nodeWith("b", {})];
  assert.deepEqual(verdicts(bench.plugin, withClaim("alone"), nodes), [IN_USE, IN_USE]);
  assert.deepEqual(verdicts(bench.plugin, withClaim("shared"), nodes), ["skip", "skip"]);
  const elsewhere = { ...withClaim("alone"), metadata: { name: "p", namespace: "other", uid: "p" } };
  assert.deepEqual(verdicts(bench.plugin, withClaim("alone"), [nodeWith("a", { pods: [elsewhere] })]), ["skip"]);
});

test("a pod with a claim that is not there is turned down", async () => {
  await using bench = await pluginWith();
  const status = bench.plugin.preFilter!(new CycleState(), withClaim("gone"), []);
  assert.deepEqual(status, { code: "unresolvable", reasons: ['persistentvolumeclaim "gone" not found'] });
});

test("a claim of one pod is free when that pod is taken away, on a copy of the state only", async () => {
  await using bench = await pluginWith(["alone", "ReadWriteOncePod"]);
  const [pod, other] = [withClaim("alone"), withClaim("alone")];
  const node = nodeWith("a", { pods: [other] });
  const state = new CycleState(snapshotOf([node]));
  bench.plugin.preFilter!(state, pod, [node]);
  const copy = state.clone();
  bench.plugin.adjust!(copy, pod, { other, node, delta: -1 });
  assert.equal(bench.plugin.filter!(copy, pod, node).code, "success");
  assert.equal(bench.plugin.filter!(state, pod, node).code, "unschedulable");
});

const rbd = (monitors: string[], image: string, readOnly = false) => ({
  rbd: { monitors, image, pool: "p", readOnly },
});
const image = (pool: string, name: string) => ({ rbd: { monitors: ["m"], image: name, pool } });
const target = (iqn: string, readOnly = false) => ({ iscsi: { targetPortal: "a", iqn, lun: 0, readOnly } });
const DISKS: readonly [string, Omit<V1Volume, "name">, Omit<V1Volume, "name">, boolean][] = [
  ["a GCE disk", { gcePersistentDisk: { pdName: "d" } }, { gcePersistentDisk: { pdName: "d" } }, true],
  [
    "a GCE disk that both read",
    { gcePersistentDisk: { pdName: "d", readOnly: true } },
    { gcePersistentDisk: { pdName: "d", readOnly: true } },
    false,
  ],
  [
    "a GCE disk that one writes",
    { gcePersistentDisk: { pdName: "d", readOnly: true } },
    { gcePersistentDisk: { pdName: "d" } },
    true,
  ],
  ["another GCE disk", { gcePersistentDisk: { pdName: "d" } }, { gcePersistentDisk: { pdName: "e" } }, false],
  [
    "an EBS volume, though both read",
    { awsElasticBlockStore: { volumeID: "v", readOnly: true } },
    { awsElasticBlockStore: { volumeID: "v", readOnly: true } },
    true,
  ],
  [
    "an iSCSI target",
    { iscsi: { targetPortal: "a", iqn: "i", lun: 0 } },
    { iscsi: { targetPortal: "b", iqn: "i", lun: 1 } },
    true,
  ],
  ["an image of common monitors", rbd(["m", "n"], "i"), rbd(["n"], "i"), true],
  ["an image of other monitors", rbd(["m"], "i"), rbd(["n"], "i"), false],
  [
    "another EBS volume",
    { awsElasticBlockStore: { volumeID: "v" } },
    { awsElasticBlockStore: { volumeID: "w" } },
    false,
  ],
  ["another iSCSI target", target("i"), target("j"), false],
  ["an iSCSI target that both read", target("i", true), target("i", true), false],
  ["an iSCSI target that one writes", target("i"), target("i", true), true],
  ["an image of another pool", image("p", "i"), image("q", "i"), false],
  ["another image", image("p", "i"), image("p", "j"), false],
  ["an image that one writes", rbd(["m"], "i", true), rbd(["m"], "i"), true],
  [
    "a disk of another kind",
    { gcePersistentDisk: { pdName: "d" } },
    { awsElasticBlockStore: { volumeID: "d" } },
    false,
  ],
  ["an image beside a disk", rbd(["m"], "i"), { gcePersistentDisk: { pdName: "d" } }, false],
  ["a volume of no disk", { gcePersistentDisk: { pdName: "d" } }, { emptyDir: {} }, false],
  ["an image that both read", rbd(["m"], "i", true), rbd(["m"], "i", true), false],
];
for (const [what, mine, theirs, conflicts] of DISKS)
  test(`${what} ${conflicts ? "keeps a pod off the node" : "is no hindrance"}`, async () => {
    await using bench = await pluginWith();
    const nodes = [nodeWith("a", { pods: [withVolume(theirs)] }), nodeWith("b", {})];
    assert.deepEqual(verdicts(bench.plugin, withVolume(mine), nodes), [conflicts ? NO_DISK : "success", "success"]);
  });

test("what another namespace, or another claim, does to a claim of one pod is nothing", async () => {
  await using bench = await pluginWith(["alone", "ReadWriteOncePod"], ["shared", "ReadWriteOnce"]);
  const pod = withClaim("alone");
  const node = nodeWith("a", { pods: [withClaim("alone")] });
  const state = new CycleState(snapshotOf([node]));
  bench.plugin.preFilter!(state, pod, [node]);
  const foreign = { ...withClaim("alone"), metadata: { name: "f", namespace: "other", uid: "f" } };
  for (const other of [foreign, withClaim("shared"), podWith({})])
    bench.plugin.adjust!(state, pod, { other, node, delta: -1 });
  assert.equal(bench.plugin.filter!(state, pod, node).code, "unschedulable");
});

test("a pod with a disk and a claim of one pod waits for both", async () => {
  await using bench = await pluginWith(["alone", "ReadWriteOncePod"]);
  const disk = { name: "d", gcePersistentDisk: { pdName: "d" } };
  const claim = { name: "c", persistentVolumeClaim: { claimName: "alone" } };
  const pod = podWith({ volumes: [disk, claim] });
  const only = (volume: V1Volume) => nodeWith("a", { pods: [podWith({ volumes: [volume] })] });
  assert.deepEqual(verdicts(bench.plugin, pod, [only(claim)]), [IN_USE]);
  assert.deepEqual(verdicts(bench.plugin, pod, [only(disk)]), [NO_DISK]);
  assert.deepEqual(verdicts(bench.plugin, pod, [nodeWith("a", {})]), ["success"]);
});

test("the end of who has its disk or its claim is worth a try, and no other", async () => {
  await using bench = await pluginWith();
  const hint = bench.plugin.hints!.find(({ resource }) => resource === "AssignedPod")!;
  const helps = (pod: V1Pod, before: V1Pod) =>
    hint.worthTrying(pod, { resource: "AssignedPod", action: "Delete", before, after: undefined });
  const disk = () => withVolume({ gcePersistentDisk: { pdName: "d" } });
  assert.equal(helps(disk(), disk()), true);
  assert.equal(helps(withClaim("a"), withClaim("a")), true);
  assert.equal(helps(withClaim("a"), withClaim("b")), false);
  assert.equal(helps(withClaim("a"), disk()), false);
  const foreign = { ...withClaim("a"), metadata: { name: "f", namespace: "other", uid: "f" } };
  assert.equal(helps(withClaim("a"), foreign), false);
});
