import assert from "node:assert/strict";
import { test } from "node:test";
import { BOUND_BY_CONTROLLER, PROVISIONED_BY, type V1PersistentVolume } from "@dingi/api";
import { planVolume, reclaimFailure, unbound } from "./plan-volume.ts";
import { claimRef, claimWith, volumeWith } from "./storage-fixture.ts";

const MADE = { annotations: { [PROVISIONED_BY]: "example.org/disk" } };
const bound = (more: object = {}, metadata: object = {}) =>
  volumeWith("pv", { metadata, spec: { claimRef: claimRef("claim-uid"), ...more } });
const elsewhere = claimWith({ spec: { volumeName: "other" } });

const CASES: Readonly<Record<string, readonly [V1PersistentVolume, Parameters<typeof planVolume>[1], string]>> = {
  "that nobody has is available": [volumeWith("pv"), undefined, "set phase Available"],
  "that is kept for a name is available": [
    volumeWith("pv", { spec: { claimRef: claimRef() } }),
    claimWith(),
    "set phase Available",
  ],
  "whose claim is gone is released": [bound(), undefined, "release"],
  "whose claim names it is bound": [bound(), claimWith({ spec: { volumeName: "pv" } }), "set phase Bound"],
  "whose claim has not named it yet waits for that": [bound(), claimWith(), "leave to claim"],
  "of another mode than its claim's is told of": [bound({ volumeMode: "Block" }), claimWith(), "tell mismatch"],
  "whose claim took another is free": [bound(), elsewhere, "unbind"],
  "that was made for a claim that took another is released": [
    bound({ persistentVolumeReclaimPolicy: "Delete" }, MADE),
    elsewhere,
    "release",
  ],
  "that was made for a claim and is to be kept is free": [bound({}, MADE), elsewhere, "unbind"],
};
for (const [what, [volume, claim, wanted]] of Object.entries(CASES))
  test(`a volume ${what}`, () => {
    const plan = planVolume(volume, claim);
    assert.equal("phase" in plan ? `${plan.action} ${plan.phase}` : plan.action, wanted);
  });

test("a volume that the controller bound is free of its claim; one that a user bound keeps the name", () => {
  const annotations = { [BOUND_BY_CONTROLLER]: "yes", mine: "1" };
  const free = unbound(bound({}, { annotations }));
  assert.deepEqual([free.metadata.annotations, "claimRef" in free.spec], [{ mine: "1" }, false]);
  assert.deepEqual(unbound(bound()).spec.claimRef, { namespace: "ns", name: "claim" });
});

const RECLAIMED: readonly [string, object, object, string | undefined][] = [
  ["to be kept", {}, {}, undefined],
  ["of a driver", { persistentVolumeReclaimPolicy: "Delete", csi: {} }, {}, undefined],
  ["of another provisioner", { persistentVolumeReclaimPolicy: "Delete" }, MADE, undefined],
  [
    "of nobody",
    { persistentVolumeReclaimPolicy: "Delete", nfs: {} },
    {},
    'VolumeFailedDelete error getting deleter volume plugin for volume "pv": no deletable volume plugin matched',
  ],
  [
    "of a node",
    { persistentVolumeReclaimPolicy: "Delete", local: {} },
    {},
    'VolumeFailedDelete error getting deleter volume plugin for volume "pv": no volume plugin matched',
  ],
  [
    "of a machine's files",
    { persistentVolumeReclaimPolicy: "Delete", hostPath: { path: "/data" } },
    {},
    "VolumeFailedDelete host_path deleter only supports /tmp/.+ but received provided /data",
  ],
  [
    "of a machine's files that upstream would delete",
    { persistentVolumeReclaimPolicy: "Delete", hostPath: { path: "/tmp/data" } },
    {},
    'VolumeFailedDelete error getting deleter volume plugin for volume "pv": no deletable volume plugin matched',
  ],
  [
    "of a provisioner that once was part of the manager",
    { persistentVolumeReclaimPolicy: "Delete" },
    { annotations: { [PROVISIONED_BY]: "kubernetes.io/rbd" } },
    "VolumeFailedDelete no volume plugin matched name: kubernetes.io/rbd",
  ],
  [
    "to be recycled",
    { persistentVolumeReclaimPolicy: "Recycle", hostPath: {} },
    {},
    "VolumeFailedRecycle No recycler plugin found for the volume!",
  ],
  [
    "with an unknown policy",
    { persistentVolumeReclaimPolicy: "Hide" },
    {},
    "VolumeUnknownReclaimPolicy Volume has unrecognized PersistentVolumeReclaimPolicy",
  ],
];
for (const [what, spec, metadata, wanted] of RECLAIMED)
  test(`a released volume ${what} ${wanted === undefined ? "is left alone" : "fails"}`, () => {
    const failure = reclaimFailure(volumeWith("pv", { metadata, spec }));
    assert.equal(failure && `${failure.reason} ${failure.message}`, wanted);
  });
