import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod, V1ReplicaSet } from "@dingi/api";
import { planReplicas, replicaSetStatus } from "./plan.ts";

const nowMs = Date.UTC(2026, 0, 2);
const ranked = { rankOf: () => 1, nowMs };

const setOf = (replicas: number, status: V1ReplicaSet["status"] = { replicas: 0 }): V1ReplicaSet => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: { name: "rs", generation: 3 },
  spec: {
    replicas,
    selector: { matchLabels: { app: "x" } },
    template: { metadata: { labels: { app: "x" } }, spec: { containers: [] } },
  },
  status,
});

const podOf = (uid: string, ready: boolean, metadata: V1Pod["metadata"] = {}): V1Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { uid, name: uid, labels: { app: "x" }, ...metadata },
  spec: { containers: [], nodeName: "n" },
  status: {
    phase: "Running",
    conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: "2026-01-01T00:00:00Z" }],
  },
});

test("creates what is missing, at most 500 at once", () => {
  assert.equal(planReplicas(setOf(3), [podOf("a", true)], ranked).create, 2);
  assert.equal(planReplicas(setOf(900), [], ranked).create, 500);
  assert.deepEqual(planReplicas(setOf(1), [podOf("a", true)], ranked), { create: 0, remove: [] });
});

test("removes the unassigned, then the unready, then the cheap", () => {
  const cost = { annotations: { "controller.kubernetes.io/pod-deletion-cost": "-5" } };
  const pods = [
    podOf("dear", true),
    podOf("cheap", true, cost),
    podOf("unready", false),
    { ...podOf("homeless", true), spec: { containers: [] } },
  ];
  const removed = (replicas: number) =>
    planReplicas(setOf(replicas), pods, ranked).remove.map(({ metadata }) => metadata.uid);
  assert.deepEqual(removed(3), ["homeless"]);
  assert.deepEqual(removed(1), ["homeless", "unready", "cheap"]);
});

test("removes from the node with the most pods of the owner", () => {
  const pods = [podOf("alone", true), podOf("crowded", true)];
  const rankOf = ({ metadata }: V1Pod) => (metadata.uid === "crowded" ? 2 : 1);
  assert.equal(planReplicas(setOf(1), pods, { rankOf, nowMs }).remove[0]?.metadata.uid, "crowded");
});

test("counts pods in the status", () => {
  const pods = [
    podOf("a", true),
    podOf("b", false, { labels: {} }),
    podOf("c", true, { deletionTimestamp: "2026-01-01T00:00:00Z" }),
  ];
  assert.deepEqual(replicaSetStatus(setOf(2), pods, undefined, nowMs), {
    replicas: 2,
    fullyLabeledReplicas: 1,
    readyReplicas: 1,
    availableReplicas: 1,
    terminatingReplicas: 1,
    observedGeneration: 3,
  });
});

test("records a failure once, and takes it back", () => {
  const failure = { reason: "FailedCreate", message: "quota" } as const;
  const failed = replicaSetStatus(setOf(1), [], failure, nowMs);
  assert.equal(failed.conditions?.[0]?.lastTransitionTime, "2026-01-02T00:00:00Z");
  const again = replicaSetStatus(setOf(1, failed), [], { ...failure, message: "quota again" }, nowMs + 5000);
  assert.deepEqual(again.conditions, failed.conditions, "a change would be a reason to try again at once");
  assert.equal(replicaSetStatus(setOf(1, failed), [], undefined, nowMs).conditions, undefined);
});
