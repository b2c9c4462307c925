import assert from "node:assert/strict";
import { test } from "node:test";
import { BIND_COMPLETED } from "@dingi/api";
import { persistentVolumeBinder } from "./persistentvolume-binder.ts";
import { recordingContext } from "./context-fixture.ts";
import { claimRef, claimWith, classWith, volumeWith } from "./storage-fixture.ts";

const PV = { namespace: "", name: "pv" };
const CLAIM = { namespace: "ns", name: "claim" };
const bound = (phase: string) => volumeWith("pv", { spec: { claimRef: claimRef("claim-uid") }, status: { phase } });
const named = claimWith({ spec: { volumeName: "pv" } });
const other = { ...named, metadata: { ...named.metadata, uid: "other" } };

const WORLDS: readonly [string, Record<string, object>, Record<string, object>, readonly string[]][] = [
  ["no claim", {}, {}, ["get PersistentVolumeClaim/ns/claim", "update PersistentVolume pv Released"]],
  [
    "its claim, which the cache lacks",
    {},
    { "PersistentVolumeClaim/ns/claim": named },
    ["get PersistentVolumeClaim/ns/claim"],
  ],
  [
    "another claim by that name",
    { "PersistentVolumeClaim/ns/claim": other },
    { "PersistentVolumeClaim/ns/claim": other },
    ["get PersistentVolumeClaim/ns/claim", "update PersistentVolume pv Released"],
  ],
  [
    "its claim, of which the cache shows a predecessor",
    { "PersistentVolumeClaim/ns/claim": other },
    { "PersistentVolumeClaim/ns/claim": named },
    ["get PersistentVolumeClaim/ns/claim"],
  ],
];
for (const [what, cached, served, wanted] of WORLDS)
  test(`a bound volume with ${what}`, async () => {
    const { context, calls } = recordingContext({
      cached: { ...cached, "PersistentVolume/pv": bound("Bound") },
      served,
    });
    await persistentVolumeBinder.reconcile(PV, context);
    assert.deepEqual(calls, wanted);
  });

test("nobody is asked about a volume that is released", async () => {
  const { context, calls } = recordingContext({ cached: { "PersistentVolume/pv": bound("Released") } });
  await persistentVolumeBinder.reconcile(PV, context);
  assert.deepEqual(calls, []);
});

test("that a claim is lost is told once", async () => {
  const lost = claimWith({ annotations: { [BIND_COMPLETED]: "yes" }, status: { phase: "Lost" } });
  const { context, calls } = recordingContext({ cached: { "PersistentVolumeClaim/ns/claim": lost } });
  await persistentVolumeBinder.reconcile(CLAIM, context);
  assert.deepEqual(calls, []);
});

test("a claim waits for those of its pods that have no node and are not over", async () => {
  const pod = (name: string, spec: object, phase: string) => ({
    metadata: { namespace: "ns", name },
    spec,
    status: { phase },
  });
  const pods = [pod("placed", { nodeName: "n" }, "Pending"), pod("over", {}, "Failed"), pod("waits", {}, "Pending")];
  const cached = {
    "PersistentVolumeClaim/ns/claim": claimWith(),
    "StorageClass/fast": classWith("fast", "WaitForFirstConsumer"),
  };
  const { context, calls } = recordingContext({ cached, indexed: { Pod: pods } });
  await persistentVolumeBinder.reconcile(CLAIM, context);
  assert.deepEqual(calls, ["event Normal WaitForPodScheduled waiting for pod waits to be scheduled"]);
});
