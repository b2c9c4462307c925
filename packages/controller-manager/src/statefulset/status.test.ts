import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod, V1StatefulSet } from "@dingi/api";
import { statefulSetStatus } from "./status.ts";

const set: V1StatefulSet = {
  metadata: { name: "db", generation: 4 },
  spec: { replicas: 2, serviceName: "db", template: {}, minReadySeconds: 10 },
  status: { replicas: 0, availableReplicas: 0 },
};
const NOW = Date.UTC(2026, 0, 1);
const podOf = (revision: string, { since = 3600, isDeleted = false } = {}): V1Pod => ({
  metadata: {
    labels: { "controller-revision-hash": revision },
    ...(isDeleted ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
  },
  spec: { containers: [] },
  status: {
    phase: "Running",
    conditions: [{ type: "Ready", status: "True", lastTransitionTime: new Date(NOW - since * 1000).toISOString() }],
  },
});
const statusOf = (pods: readonly V1Pod[], rolled: readonly V1Pod[] = []) => {
  const revisions = { current: "old", update: "new" };
  return statefulSetStatus({ set, pods, revisions, claimOf: () => undefined, nowMs: NOW, collisionCount: 0, rolled });
};

test("pods are counted by revision, and those that were just rolled belong to none", () => {
  const last = podOf("old");
  assert.deepEqual(statusOf([podOf("old", { since: 5 }), last], [last]), {
    observedGeneration: 4,
    replicas: 2,
    readyReplicas: 2,
    availableReplicas: 1,
    currentReplicas: 1,
    updatedReplicas: 0,
    currentRevision: "old",
    updateRevision: "new",
    collisionCount: 0,
  });
  const { replicas, currentReplicas } = statusOf([podOf("old"), podOf("old", { isDeleted: true })]);
  assert.deepEqual({ replicas, currentReplicas }, { replicas: 2, currentReplicas: 1 });
});

test("once all pods are of the new revision, it is the current one", () => {
  assert.equal(statusOf([podOf("new"), podOf("old")]).currentRevision, "old");
  const { currentRevision, currentReplicas } = statusOf([podOf("new"), podOf("new")]);
  assert.deepEqual({ currentRevision, currentReplicas }, { currentRevision: "new", currentReplicas: 2 });
});
