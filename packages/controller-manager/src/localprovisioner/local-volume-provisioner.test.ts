import assert from "node:assert/strict";
import { test } from "node:test";
import { LOCAL_PROVISIONER, SELECTED_NODE, STORAGE_PROVISIONER } from "@dingi/api";
import { recordingContext } from "../persistentvolume/context-fixture.ts";
import { claimWith, classWith } from "../persistentvolume/storage-fixture.ts";
import { localVolumeProvisioner } from "./local-volume-provisioner.ts";

const annotations = { [STORAGE_PROVISIONER]: LOCAL_PROVISIONER, [SELECTED_NODE]: "n" };
const cached = {
  "PersistentVolumeClaim/ns/claim": claimWith({ annotations }),
  "StorageClass/fast": classWith("fast", "WaitForFirstConsumer", LOCAL_PROVISIONER),
};

test("a node that the cache has not heard of is asked for before it is given back", async () => {
  const node = { metadata: { name: "n" }, spec: {}, status: {} };
  const { context, calls } = recordingContext({ cached, served: { "Node/n": node } });
  await localVolumeProvisioner.reconcile({ namespace: "ns", name: "claim" }, context);
  assert.deepEqual(calls, [
    "get Node/n",
    'event Normal Provisioning External provisioner is provisioning volume for claim "ns/claim"',
    "create PersistentVolume pvc-claim-uid",
    "event Normal ProvisioningSucceeded Successfully provisioned volume pvc-claim-uid",
  ]);
});

test("a node that is gone is given back", async () => {
  const { context, calls } = recordingContext({ cached });
  await localVolumeProvisioner.reconcile({ namespace: "ns", name: "claim" }, context);
  assert.deepEqual(calls, [
    "get Node/n",
    "update PersistentVolumeClaim claim Pending",
    'event Warning ProvisioningFailed failed to provision volume with StorageClass "fast": node "n" not found',
  ]);
});
