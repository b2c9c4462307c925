import assert from "node:assert/strict";
import { test } from "node:test";
import { PROVISIONED_BY } from "./binding.ts";
import { LOCAL_PROVISIONER, LOCAL_VOLUME_MADE, planLocalVolume } from "./local-volumes.ts";
import type { V1PersistentVolume } from "./persistentvolume.gen.ts";

interface Given {
  readonly phase?: string;
  readonly policy?: string;
  readonly made?: boolean;
  readonly deleting?: boolean;
  readonly provisioner?: string;
  readonly source?: object;
}

function planOf(given: Given): string {
  const { phase = "Bound", policy = "Delete", made = true, deleting = false } = given;
  const { provisioner = LOCAL_PROVISIONER, source = { local: { path: "/x" } } } = given;
  return planLocalVolume({
    metadata: {
      name: "pv",
      annotations: { [PROVISIONED_BY]: provisioner, ...(made ? { [LOCAL_VOLUME_MADE]: "true" } : {}) },
      ...(deleting ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
    spec: { persistentVolumeReclaimPolicy: policy, ...source },
    status: { phase },
  } as V1PersistentVolume);
}

const CASES: Readonly<Record<string, readonly [Given, string]>> = {
  "a new volume": [{ made: false, phase: "Pending" }, "make"],
  "a volume whose directory was made, whatever became of it": [{}, "keep"],
  "a released volume that may go": [{ phase: "Released" }, "remove"],
  "a released volume that never was made": [{ phase: "Released", made: false }, "remove"],
  "a released volume that is to be kept": [{ phase: "Released", policy: "Retain" }, "keep"],
  "a volume that is deleted while it is bound": [{ deleting: true }, "keep"],
  "a volume that is deleted before it was bound": [{ deleting: true, phase: "Available" }, "remove"],
  "a volume whose object alone is to go": [{ deleting: true, phase: "Released", policy: "Retain" }, "let go"],
  "a volume of somebody else": [{ phase: "Released", provisioner: "example.org/disk" }, "keep"],
  "a volume of another kind": [{ phase: "Released", source: { hostPath: { path: "/x" } } }, "keep"],
};
for (const [what, [given, wanted]] of Object.entries(CASES))
  test(`${what}: ${wanted}`, () => assert.equal(planOf(given), wanted));
