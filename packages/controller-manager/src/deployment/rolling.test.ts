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

const named = (sizes: ReadonlyMap<V1ReplicaSet, number>) =>
  Object.fromEntries([...sizes].map(([{ metadata }, size]) => [metadata.name, size]));
const aged = (rs: V1ReplicaSet, day: number): V1ReplicaSet => ({
  ...rs,
  metadata: { ...rs.metadata, creationTimestamp: `2026-01-0${day}T00:00:00Z` },
});

test("bounds: without a surge something may always be away, and recreating knows none", () => {
  assert.deepEqual(rolling(0, 0), { desired: 4, maxSurge: 0, maxUnavailable: 1 });
  assert.deepEqual(rolling(1, 0), { desired: 4, maxSurge: 1, maxUnavailable: 0 });
  assert.deepEqual(rolling(0, 2), { desired: 4, maxSurge: 0, maxUnavailable: 2 });
  assert.deepEqual(rolling(0, 9), { desired: 4, maxSurge: 0, maxUnavailable: 4 });
  assert.deepEqual(rolling("50%", "50%"), { desired: 4, maxSurge: 2, maxUnavailable: 2 });
  const none = { maxSurge: 0, maxUnavailable: 0 };
  assert.deepEqual(boundsOf(deploymentOf({ strategy: { type: "Recreate" } })), { desired: 4, ...none });
  const { replicas: _replicas, ...spec } = deploymentOf({}).spec;
  assert.equal(boundsOf({ ...deploymentOf({}), spec }).desired, 1);
  assert.equal(scaled(undefined, 10, true), 0);
});

const GROWTHS: readonly (readonly [
  what: string,
  size: number,
  old: number,
  surge: number,
  wanted: number | undefined,
])[] = [
  ["there is room for all", 0, 0, 1, 4],
  ["the surge is all the room there is", 0, 4, 1, 1],
  ["there is no room", 2, 3, 1, undefined],
  ["there are too many already", 2, 5, 1, undefined],
  ["it is as large as it should be", 4, 4, 1, undefined],
  ["it is too large", 6, 0, 1, 4],
  ["more room than it needs", 3, 0, 4, 4],
];
for (const [what, size, oldSize, surge, wanted] of GROWTHS)
  test(`the new set when ${what}: ${wanted ?? "stays"}`, () => {
    const [fresh, old] = [setOf("new", size), setOf("old", oldSize)];
    assert.deepEqual(
      named(growNew(rolling(surge, 0), fresh, [fresh, old])),
      wanted === undefined ? {} : { new: wanted },
    );
  });

const SHRINKS: readonly (readonly [
  string,
  readonly [number, number],
  readonly (readonly [number, number])[],
  readonly [number, number],
  object,
])[] = [
  ["nothing is old", [4, 4], [[0, 0]], [1, 1], {}],
  ["what is new is not available yet", [1, 0], [[4, 4]], [1, 0], {}],
  ["as many as are available beyond what must be", [1, 1], [[4, 4]], [1, 0], { old0: 3 }],
  ["as many as may be away", [0, 0], [[4, 4]], [0, 2], { old0: 2 }],
  ["no more than there are", [4, 4], [[2, 2]], [4, 4], { old0: 0 }],
  [
    "what is broken goes first, wherever it is",
    [1, 1],
    [
      [2, 2],
      [2, 1],
    ],
    [1, 0],
    { old1: 1 },
  ],
  ["what is broken goes as far as there is room", [2, 2], [[4, 0]], [1, 0], { old0: 2 }],
  [
    "the oldest first",
    [2, 2],
    [
      [1, 1],
      [2, 2],
    ],
    [1, 0],
    { old0: 0 },
  ],
  [
    "and then the next",
    [3, 3],
    [
      [1, 1],
      [2, 2],
    ],
    [1, 0],
    { old0: 0, old1: 1 },
  ],
];
for (const [what, [size, available], old, [surge, unavailable], wanted] of SHRINKS)
  test(`old sets: ${what}`, () => {
    const sets = old.map(([replicas, up], i) => aged(setOf(`old${i}`, replicas, up), i + 1));
    const sizes = shrinkOld(rolling(surge, unavailable), setOf("new", size, available), sets.toReversed());
    assert.deepEqual(named(sizes), wanted);
  });

test("only sets with pods tell that the deployment was resized", () => {
  const bounds = { desired: 4, maxSurge: 1, maxUnavailable: 0 };
  const desired = { "deployment.kubernetes.io/desired-replicas": "3" };
  assert.equal(isScaling(bounds, [annotated(setOf("a", 1), desired)]), true);
  assert.equal(isScaling(bounds, [annotated(setOf("a", 0), desired)]), false);
  assert.equal(isScaling(bounds, [setOf("a", 1)]), false);
});

const PROPORTIONS: readonly (readonly [
  string,
  number,
  number | undefined,
  readonly number[],
  number | undefined,
  object,
])[] = [
  ["the only set takes all", 6, 4, [0], 4, { new: 6 }],
  ["an only old set, too", 6, 0, [4], 4, { old0: 6 }],
  ["one that is as large as it should be stays", 4, 4, [0], 4, {}],
  ["an empty new set takes all", 5, 0, [0], 0, { new: 5 }],
  ["an empty set of nothing stays", 0, 0, [0], 0, {}],
  ["nothing at all", 5, undefined, [], 0, {}],
  ["to nothing: all", 0, 2, [3], 5, { new: 0, old0: 0 }],
  ["nothing to share", 5, 2, [3], 5, {}],
  ["larger: by their shares, the rest to the largest", 10, 2, [3], 5, { new: 4, old0: 6 }],
  ["larger by one: the largest", 6, 2, [3], 5, { old0: 4 }],
  ["smaller: by their shares", 5, 4, [6], 10, { new: 2, old0: 3 }],
  ["smaller by one: the largest", 9, 4, [6], 10, { old0: 5 }],
  ["three sets", 20, 2, [4, 4], 10, { new: 4, old0: 8, old1: 8 }],
  ["nobody knows what it was before", 10, 2, [3], undefined, { new: 4, old0: 6 }],
];
for (const [what, desired, size, old, before, wanted] of PROPORTIONS)
  test(`resized in a rollout: ${what}`, () => {
    const max = before === undefined ? {} : { "deployment.kubernetes.io/max-replicas": String(before) };
    const sets = old.map((replicas, i) => annotated(aged(setOf(`old${i}`, replicas), i + 1), max));
    const fresh = size === undefined ? undefined : annotated(aged(setOf("new", size), 9), max);
    const sizes = scaleProportionally({ desired, maxSurge: 0, maxUnavailable: 0 }, fresh, sets);
    assert.deepEqual(named(sizes), wanted);
  });

test("among sets of one size the newest grows and the oldest shrinks", () => {
  const max = { "deployment.kubernetes.io/max-replicas": "4" };
  const sets = () => [1, 2].map((day) => annotated(aged(setOf(`day${day}`, 2), day), max));
  const to = (desired: number) =>
    named(scaleProportionally({ desired, maxSurge: 0, maxUnavailable: 0 }, undefined, sets()));
  assert.deepEqual([to(5), to(3)], [{ day2: 3 }, { day1: 1 }]);
});
