import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BIND_COMPLETED,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  SELECTED_NODE,
  StorageClass,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
  type V1Pod,
} from "@dingi/api";
import { settle } from "@dingi/base";
import { NodeInfo } from "../../cache/node-info.ts";
import { reasonsOf } from "../../framework/framework.ts";
import { CycleState } from "../../framework/plugin.ts";
import { FakeInformers } from "../../testing/fake-informers.ts";
import { nodeOf } from "../../testing/objects.ts";
import { VolumeBinding } from "./volume-binding.ts";

const NODE = nodeOf({}, {}, "n1");
const CLASS = {
  metadata: { name: "local" },
  provisioner: "example.org/disk",
  volumeBindingMode: "WaitForFirstConsumer",
};
const claimOf = (name: string, more: Partial<V1PersistentVolumeClaim> = {}): V1PersistentVolumeClaim => ({
  metadata: { namespace: "ns", name, uid: name },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, storageClassName: "local" },
  status: { phase: "Pending" },
  ...more,
});
const VOLUME: V1PersistentVolume = {
  metadata: { name: "pv" },
  spec: { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, storageClassName: "local" },
  status: { phase: "Available" },
};
const podOf = (name: string, volume: object): V1Pod => ({
  metadata: { namespace: "ns", name, uid: name },
  spec: { containers: [], volumes: [{ name: "v", ...volume }] },
  status: {},
});
const claimed = (name: string, claimName: string) => podOf(name, { persistentVolumeClaim: { claimName } });

class Bench implements AsyncDisposable {
  readonly fake = new FakeInformers();
  readonly plugin = new VolumeBinding(this.fake);
  readonly signal = new AbortController().signal;

  static async start(...claims: V1PersistentVolumeClaim[]): Promise<Bench> {
    const bench = new Bench();
    await bench.fake.start();
    await bench.fake.show(StorageClass, CLASS);
    await bench.fake.show(Node, NODE);
    for (const claim of claims) await bench.fake.show(PersistentVolumeClaim, claim);
    return bench;
  }

  /** What PreFilter and Filter say of the pod on the node. */
  try(pod: V1Pod): { readonly state: CycleState; readonly says: string } {
    const state = new CycleState();
    const before = this.plugin.preFilter(state, pod);
    const status = before.code === "success" ? this.plugin.filter(state, pod, new NodeInfo(NODE)) : before;
    return { state, says: [status.code, ...reasonsOf(status)].join(" ") };
  }

  /** As far as Reserve. */
  async reserve(pod: V1Pod): Promise<CycleState> {
    await this.fake.show(Pod, pod);
    const { state, says } = this.try(pod);
    assert.equal(says, "success");
    this.plugin.reserve(state, pod, "n1");
    return state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fake[Symbol.asyncDispose]();
  }
}

const REFUSALS: readonly [string, V1Pod, readonly V1PersistentVolumeClaim[], string][] = [
  ["no claim", podOf("p", { emptyDir: {} }), [], "skip"],
  ["a claim that is not there", claimed("p", "a"), [], 'unresolvable persistentvolumeclaim "a" not found'],
  [
    "an ephemeral claim that is not there yet",
    podOf("p", { ephemeral: {} }),
    [],
    'unresolvable waiting for ephemeral volume controller to create the persistentvolumeclaim "p-v"',
  ],
  [
    "an ephemeral claim of somebody else",
    podOf("p", { ephemeral: {} }),
    [claimOf("p-v")],
    "unresolvable PVC ns/p-v was not created for pod ns/p (pod is not owner)",
  ],
  [
    "a claim that lost its volume",
    claimed("p", "a"),
    [claimOf("a", { status: { phase: "Lost" }, spec: { volumeName: "pv" } })],
    'unresolvable persistentvolumeclaim "a" bound to non-existent persistentvolume "pv"',
  ],
  [
    "a claim that is going",
    claimed("p", "a"),
    [claimOf("a", { metadata: { namespace: "ns", name: "a", deletionTimestamp: "2026-01-01T00:00:00Z" } })],
    'unresolvable persistentvolumeclaim "a" is being deleted',
  ],
  [
    "a claim that is to be bound without it",
    claimed("p", "a"),
    [claimOf("a", { spec: { storageClassName: "now" } })],
    "unresolvable pod has unbound immediate PersistentVolumeClaims",
  ],
  ["a claim that is bound with it", claimed("p", "a"), [claimOf("a")], "success"],
];
for (const [what, pod, claims, says] of REFUSALS)
  test(`a pod with ${what}`, async () => {
    await using bench = await Bench.start(...claims);
    assert.equal(bench.try(pod).says, says);
  });

test("a volume that one pod was given is nobody else's, unless that comes to nothing", async () => {
  await using bench = await Bench.start(claimOf("a"), claimOf("b"));
  const { plugin, fake } = bench;
  await fake.show(PersistentVolume, VOLUME);
  const first = await bench.reserve(claimed("first", "a"));
  const second = await bench.reserve(claimed("second", "b"));
  void plugin.preBind(second, claimed("second", "b"), { node: "n1", signal: bench.signal }).catch(() => {});
  await settle();
  const [written] = fake.written as V1PersistentVolumeClaim[];
  assert.deepEqual([written!.metadata.name, written!.metadata.annotations], ["b", { [SELECTED_NODE]: "n1" }]);
  plugin.unreserve(first);
  plugin.unreserve(second);
  const again = await bench.reserve(claimed("third", "b"));
  void plugin.preBind(again, claimed("third", "b"), { node: "n1", signal: bench.signal }).catch(() => {});
  await settle();
  assert.equal((fake.written.at(-1) as V1PersistentVolume).spec.claimRef?.name, "b");
});

/** The outcome of PreBind, as far as it has come. */
function watchOutcome(binding: Promise<unknown>): { text: string } {
  const outcome = { text: "waits" };
  binding.then(
    () => (outcome.text = "bound"),
    (error: Error) => (outcome.text = error.message),
  );
  return outcome;
}

async function provisioning(): Promise<Bench & { outcome: { text: string }; claim: V1PersistentVolumeClaim }> {
  const bench = await Bench.start(claimOf("a"));
  const pod = claimed("p", "a");
  const state = await bench.reserve(pod);
  const outcome = watchOutcome(bench.plugin.preBind(state, pod, { node: "n1", signal: bench.signal }));
  await settle();
  const [claim] = bench.fake.written as V1PersistentVolumeClaim[];
  return Object.assign(bench, { outcome, claim: claim! });
}

const isBound = (claim: V1PersistentVolumeClaim, volumeName = "pv"): V1PersistentVolumeClaim => ({
  ...claim,
  metadata: { ...claim.metadata, annotations: { ...claim.metadata.annotations, [BIND_COMPLETED]: "yes" } },
  spec: { ...claim.spec, volumeName },
});

test("a pod is bound when its claim is and its volume is known, in whichever order that is heard", async () => {
  await using bench = await provisioning();
  await bench.fake.show(PersistentVolumeClaim, bench.claim);
  await bench.fake.show(PersistentVolumeClaim, isBound(bench.claim));
  assert.equal(bench.outcome.text, "waits");
  const claimRef = { namespace: "ns", name: "a", uid: "a" };
  await bench.fake.show(PersistentVolume, { ...VOLUME, spec: { ...VOLUME.spec, claimRef } });
  assert.equal(bench.outcome.text, "bound");
});

test("a pod is tried again when the provisioner takes the node back", async () => {
  await using bench = await provisioning();
  await bench.fake.show(PersistentVolumeClaim, claimOf("a"));
  assert.equal(bench.outcome.text, 'provisioning failed for PVC "a"');
});

test("a pod is tried again when its volume came to lie elsewhere", async () => {
  await using bench = await provisioning();
  const required = { nodeSelectorTerms: [{ matchExpressions: [{ key: "host", operator: "In", values: ["n2"] }] }] };
  await bench.fake.show(PersistentVolume, { ...VOLUME, spec: { ...VOLUME.spec, nodeAffinity: { required } } });
  await bench.fake.show(PersistentVolumeClaim, isBound(bench.claim));
  assert.equal(bench.outcome.text, 'pv "pv" node affinity doesn\'t match node "n1"');
});

test("nobody waits for a claim or for a pod that is gone, nor for ever", async () => {
  {
    await using bench = await provisioning();
    await bench.fake.show(PersistentVolumeClaim, bench.claim, "DELETED");
    assert.equal(bench.outcome.text, 'Claim "a" is gone');
  }
  {
    await using bench = await provisioning();
    await bench.fake.show(Pod, claimed("p", "a"), "DELETED");
    assert.equal(bench.outcome.text, 'Pod "p" does not exist any more');
  }
  await using bench = await provisioning();
  await bench.fake.clock.advance(599_000);
  assert.equal(bench.outcome.text, "waits");
  await bench.fake.clock.advance(1000);
  assert.equal(bench.outcome.text, "Volumes were not bound within 600 s");
});

test("a volume that is bound by the pod is waited for until its claim says so", async () => {
  await using bench = await Bench.start(claimOf("a"));
  await bench.fake.show(PersistentVolume, VOLUME);
  const pod = claimed("p", "a");
  const state = await bench.reserve(pod);
  const outcome = watchOutcome(bench.plugin.preBind(state, pod, { node: "n1", signal: bench.signal }));
  await settle();
  const [volume] = bench.fake.written as V1PersistentVolume[];
  assert.deepEqual(volume!.spec.claimRef?.uid, "a");
  await bench.fake.show(PersistentVolume, volume!);
  assert.equal(outcome.text, "waits");
  await bench.fake.show(PersistentVolumeClaim, isBound(claimOf("a")));
  assert.equal(outcome.text, "bound");
  const taken = await bench.fake.show(PersistentVolume, VOLUME);
  assert.equal(taken.spec.claimRef, undefined);
});
