import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Deployment, V1ReplicaSet } from "@dingi/api";
import { boundsOf, growNew, isScaling, scaled, scaleProportionally, shrinkOld } from "./rolling.ts";
import { deploymentStatus } from "./status.ts";
import { findNewSet, revisionOf, sameTemplate, setAnnotations, templateHash } from "./template.ts";

const templateOf = (image: string, labels: Record<string, string> = { app: "x" }) => ({
  metadata: { labels },
  spec: { containers: [{ name: "a", image }] },
});

const setOf = (name: string, replicas: number, available = replicas): V1ReplicaSet => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: { name, creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: { replicas, selector: { matchLabels: { app: "x" } }, template: templateOf(name) },
  status: { replicas, readyReplicas: available, availableReplicas: available },
});

const annotated = (rs: V1ReplicaSet, annotations: Record<string, string>): V1ReplicaSet => ({
  ...rs,
  metadata: { ...rs.metadata, annotations },
});

const deploymentOf = (spec: Partial<V1Deployment["spec"]>, status: V1Deployment["status"] = {}): V1Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "d", generation: 1 },
  spec: { replicas: 4, selector: { matchLabels: { app: "x" } }, template: templateOf("new"), ...spec },
  status,
});
const rolling = (maxSurge: number | string, maxUnavailable: number | string) =>
  boundsOf(deploymentOf({ strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } } }));

test("percentages round the surge up and the unavailable down", () => {
  assert.equal(scaled("25%", 10, true), 3);
  assert.equal(scaled("25%", 10, false), 2);
  assert.equal(scaled(7, 10, true), 7);
  assert.deepEqual(boundsOf(deploymentOf({ replicas: 10 })), { desired: 10, maxSurge: 3, maxUnavailable: 2 });
  assert.deepEqual(rolling(0, "1%"), { desired: 4, maxSurge: 0, maxUnavailable: 1 });
});

test("the new set grows as far as the surge allows", () => {
  const [fresh, old] = [setOf("new", 0), setOf("old", 4)];
  assert.deepEqual([...growNew(rolling(1, 0), fresh, [fresh, old]).values()], [1]);
  assert.equal(growNew(rolling(0, 1), fresh, [fresh, old]).size, 0);
});

test("old sets shrink as far as availability allows, the unhealthy first", () => {
  const [fresh, old] = [setOf("new", 1, 1), setOf("old", 4)];
  assert.equal(shrinkOld(rolling(1, 0), fresh, [old]).get(old), 3);
  assert.equal(shrinkOld(rolling(1, 0), setOf("new", 1, 0), [old]).size, 0);
  const [sick, well] = [setOf("sick", 1, 0), setOf("well", 4)];
  const sizes = shrinkOld(rolling(1, 0), setOf("new", 0), [well, sick]);
  assert.deepEqual([sizes.get(sick), sizes.get(well)], [0, undefined]);
});

test("a resize during a rollout is shared in proportion", () => {
  const annotations = {
    "deployment.kubernetes.io/desired-replicas": "10",
    "deployment.kubernetes.io/max-replicas": "10",
  };
  const [fresh, old] = [annotated(setOf("new", 2), annotations), annotated(setOf("old", 8), annotations)];
  const bounds = { desired: 20, maxSurge: 0, maxUnavailable: 1 };
  assert.equal(isScaling(bounds, [fresh, old]), true);
  assert.equal(isScaling({ ...bounds, desired: 10 }, [fresh, old]), false);
  const sizes = scaleProportionally(bounds, fresh, [old]);
  assert.deepEqual([sizes.get(fresh), sizes.get(old)], [4, 16]);
});

test("the hash follows the template and the collisions", () => {
  assert.equal(templateHash(templateOf("a"), 0), templateHash(templateOf("a"), 0));
  assert.notEqual(templateHash(templateOf("a"), 0), templateHash(templateOf("b"), 0));
  assert.notEqual(templateHash(templateOf("a"), 0), templateHash(templateOf("a"), 1));
});

test("templates are the same whatever the hash label", () => {
  const hashed = templateOf("new", { app: "x", "pod-template-hash": "abc" });
  assert.equal(sameTemplate(templateOf("new"), hashed), true);
  assert.equal(sameTemplate(templateOf("other"), hashed), false);
  const fresh = setOf("new", 1);
  assert.equal(findNewSet(deploymentOf({}), [setOf("old", 1), fresh]), fresh);
});

test("a set that is rolled back to remembers its revisions", () => {
  const own = { "deployment.kubernetes.io/revision": "1" };
  const annotations = setAnnotations(deploymentOf({}), own, 3n);
  assert.equal(revisionOf(annotated(setOf("a", 1), annotations)), 3n);
  assert.equal(annotations["deployment.kubernetes.io/revision-history"], "1");
});

test("the status says whether enough is available, and when the rollout is done or late", () => {
  const nowMs = Date.UTC(2026, 0, 2);
  const reasons = (deployment: V1Deployment, newSet: V1ReplicaSet, atMs = nowMs) =>
    deploymentStatus({ deployment, newSet, all: [newSet], nowMs: atMs }).conditions?.map(({ reason }) => reason);
  assert.deepEqual(reasons(deploymentOf({}), setOf("new", 4)), ["MinimumReplicasAvailable", "NewReplicaSetAvailable"]);
  const stuck = setOf("new", 4, 0);
  const before = deploymentStatus({ deployment: deploymentOf({}), newSet: stuck, all: [stuck], nowMs });
  assert.deepEqual(
    before.conditions?.map(({ reason }) => reason),
    ["MinimumReplicasUnavailable", "ReplicaSetUpdated"],
  );
  assert.equal(before.unavailableReplicas, 4);
  const waiting = deploymentOf({ progressDeadlineSeconds: 10 }, before);
  assert.equal(reasons(waiting, stuck, nowMs + 10_000)?.[1], "ReplicaSetUpdated");
  assert.equal(reasons(waiting, stuck, nowMs + 10_001)?.[1], "ProgressDeadlineExceeded");
  assert.equal(reasons(deploymentOf({ paused: true }), stuck)?.[1], "DeploymentPaused");
});
