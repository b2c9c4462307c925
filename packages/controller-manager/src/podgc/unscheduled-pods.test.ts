import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReconcileContext } from "@dingi/controller-runtime";
import { unscheduledPodsCollector } from "./unscheduled-pods.ts";

test("a pod that is to go is ended where no kubelet will, and left to the kubelet where one is", async () => {
  const calls: string[] = [];
  const deletionTimestamp = "2026-01-01T00:00:00Z";
  const pods: Readonly<Record<string, object>> = {
    waits: { metadata: { name: "waits" }, spec: {}, status: { phase: "Pending" } },
    bound: { metadata: { name: "bound", deletionTimestamp }, spec: { nodeName: "n" }, status: { phase: "Running" } },
    going: { metadata: { name: "going", deletionTimestamp }, spec: {}, status: { phase: "Pending" } },
  };
  const context = {
    cache: { get: (_kind: unknown, { name }: { name: string }) => pods[name] },
    client: {
      patch: async (_kind: unknown, { name }: { name: string }, { status }: { status: { phase: string } }) =>
        void calls.push(`patch ${name} ${status.phase}`),
      delete: async (_kind: unknown, { name }: { name: string }) => void calls.push(`delete ${name}`),
    },
  } as unknown as ReconcileContext;
  for (const name of [...Object.keys(pods), "gone"])
    await unscheduledPodsCollector.reconcile({ namespace: "ns", name }, context);
  assert.deepEqual(calls, ["patch going Failed", "delete going"]);
});
