import assert from "node:assert/strict";
import { test } from "node:test";
import { recordingContext } from "../persistentvolume/context-fixture.ts";
import { claimWith } from "../persistentvolume/storage-fixture.ts";
import { pvcProtectionController } from "./pvc-protection-controller.ts";

test("a claim is kept by a pod that only the server knows of", async () => {
  const claim = claimWith();
  const metadata = {
    ...claim.metadata,
    finalizers: ["kubernetes.io/pvc-protection"],
    deletionTimestamp: "2026-01-01T00:00:00Z",
  };
  const cached = { "PersistentVolumeClaim/ns/claim": { ...claim, metadata } };
  const volumes = [{ name: "v", persistentVolumeClaim: { claimName: "claim" } }];
  const pod = { metadata: { namespace: "ns", name: "p" }, spec: { nodeName: "n", volumes }, status: {} };
  const key = { namespace: "ns", name: "claim" };
  const kept = recordingContext({ cached, served: { "Pod/ns/p": pod } });
  await pvcProtectionController.reconcile(key, kept.context);
  assert.deepEqual(kept.calls, []);
  const free = recordingContext({ cached });
  await pvcProtectionController.reconcile(key, free.context);
  assert.deepEqual(free.calls, ["update PersistentVolumeClaim claim Pending"]);
});
