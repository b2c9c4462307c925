import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1PersistentVolumeClaim, V1Pod, V1StatefulSet, V1StatefulSetSpec } from "@dingi/api";
import { planStatefulSet, type StatefulSetState } from "./plan.ts";

const NOW = Date.UTC(2026, 0, 2);

const setOf = (spec: Partial<V1StatefulSetSpec> = {}, metadata: object = {}): V1StatefulSet => ({
  metadata: { name: "db", namespace: "ns", uid: "set", ...metadata },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "db" } },
    serviceName: "db",
    template: {},
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0, maxUnavailable: 1 } },
    ...spec,
  },
  status: { replicas: 0, availableReplicas: 0 },
});

interface Seen {
  readonly revision?: string;
  readonly phase?: string;
  readonly ready?: boolean;
  readonly readySinceMs?: number;
  readonly isDeleted?: boolean;
}

const podOf = (ordinal: number, seen: Seen = {}): V1Pod => {
  const { revision = "new", phase = "Running", ready = phase === "Running", readySinceMs = NOW - 3600_000 } = seen;
  const name = `db-${ordinal}`;
  const lastTransitionTime = new Date(readySinceMs).toISOString();
  return {
    metadata: {
      name,
      namespace: "ns",
      uid: name,
      labels: { "statefulset.kubernetes.io/pod-name": name, "controller-revision-hash": revision },
      ...(seen.isDeleted ? { deletionTimestamp: lastTransitionTime } : {}),
    },
    spec: { containers: [] },
    status: { phase, conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime }] },
  };
};

/** "create db-1 new" for what is planned. */
function planned(set: V1StatefulSet, pods: readonly V1Pod[], more: Partial<StatefulSetState> = {}): string[] {
  const revisions = { current: "old", update: "new" };
  const state = { set, pods, revisions, claimOf: () => undefined, nowMs: NOW, ...more };
  return planStatefulSet(state).steps.map((step) =>
    step.type === "create" ? `create ${step.ordinal} ${step.revision}` : `${step.type} ${step.pod.metadata.name}`,
  );
}

const PARALLEL = { podManagementPolicy: "Parallel" };
const unready = (seen: Seen = {}): Seen => ({ ready: false, ...seen });
const old = (seen: Seen = {}): Seen => ({ revision: "old", ...seen });

test("ordered pods are made one after the other, each when the one before is available", () => {
  const set = setOf();
  assert.deepEqual(planned(set, []), ["create 0 update"]);
  assert.deepEqual(planned(set, [podOf(0)]), ["create 1 update"]);
  assert.deepEqual(planned(set, [podOf(0), podOf(1, unready())]), []);
  assert.deepEqual(planned(set, [podOf(0), podOf(1, { isDeleted: true })]), []);
  const slow = setOf({ minReadySeconds: 30 });
  assert.deepEqual(planned(slow, [podOf(0, { readySinceMs: NOW - 29_000 })]), []);
  assert.deepEqual(planned(slow, [podOf(0, { readySinceMs: NOW - 30_000 })]), ["create 1 update"]);
});

test("parallel pods are made and removed all at once", () => {
  assert.deepEqual(planned(setOf(PARALLEL), [podOf(1, unready())]), ["create 0 update", "create 2 update"]);
  const smaller = setOf({ ...PARALLEL, replicas: 1 });
  const pods = [podOf(0), podOf(1), podOf(2, unready())];
  assert.deepEqual(planned(smaller, pods), ["delete db-2", "delete db-1"]);
});

test("numbers begin where the set says", () => {
  const set = setOf({ replicas: 2, ordinals: { start: 5 } });
  assert.deepEqual(planned(set, []), ["create 5 update"]);
  assert.deepEqual(planned(set, [podOf(0), podOf(5), podOf(6)]), ["delete db-0"]);
});

test("what has ended is deleted and made anew, in its order", () => {
  for (const phase of ["Failed", "Succeeded"]) {
    assert.deepEqual(planned(setOf(), [podOf(0, { phase })]), ["delete db-0"]);
    assert.deepEqual(planned(setOf(), [podOf(0, { phase, isDeleted: true })]), []);
  }
});

test("ordered pods go one after the other, the last one first, and not past one that is unavailable", () => {
  const set = setOf({ replicas: 1 });
  assert.deepEqual(planned(set, [podOf(0), podOf(1), podOf(2)]), ["delete db-2"]);
  assert.deepEqual(planned(set, [podOf(0), podOf(1), podOf(2, { isDeleted: true })]), []);
  assert.deepEqual(planned(set, [podOf(0), podOf(1), podOf(2, unready())]), ["delete db-2"]);
  assert.deepEqual(planned(set, [podOf(0), podOf(1, unready()), podOf(2, unready())]), []);
  assert.deepEqual(planned(set, [podOf(0, unready()), podOf(1), podOf(2)]), []);
});

test("nothing is touched while the set is being deleted", () => {
  assert.deepEqual(planned(setOf({}, { deletionTimestamp: "2026-01-01T00:00:00Z" }), [podOf(0), podOf(7)]), []);
});

test("ordered pods roll from the last one, as many at once as may be unavailable", () => {
  const roll = (rollingUpdate: object) => setOf({ updateStrategy: { type: "RollingUpdate", rollingUpdate } });
  const pods = [podOf(0, old()), podOf(1, old()), podOf(2, old())];
  assert.deepEqual(planned(roll({}), pods), ["delete db-2"]);
  assert.deepEqual(planned(roll({ maxUnavailable: 2 }), pods), ["delete db-2", "delete db-1"]);
  assert.deepEqual(planned(roll({ maxUnavailable: "67%" }), pods), ["delete db-2", "delete db-1"]);
  assert.deepEqual(planned(roll({ maxUnavailable: "10%" }), pods), ["delete db-2"]);
  assert.deepEqual(planned(roll({ partition: 2, maxUnavailable: 3 }), pods), ["delete db-2"]);
  assert.deepEqual(planned(roll({ partition: 3 }), pods), []);
  assert.deepEqual(planned(setOf({ updateStrategy: { type: "OnDelete" } }), pods), []);
});

test("below the partition pods are made as they were", () => {
  const set = setOf({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } });
  assert.deepEqual(planned(set, [podOf(0, old()), podOf(2)]), ["create 1 current"]);
  assert.deepEqual(planned(set, [podOf(0, old()), podOf(1, old())]), ["create 2 update"]);
  const onDelete = setOf({ updateStrategy: { type: "OnDelete" } });
  assert.deepEqual(planned(onDelete, []), ["create 0 update"]);
});

test("parallel pods that are broken already are rolled first, and cost no room", () => {
  const set = setOf({ ...PARALLEL, updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 2 } } });
  const pods = [podOf(0, old(unready())), podOf(1, old()), podOf(2, old())];
  assert.deepEqual(planned(set, pods), ["delete db-0", "delete db-2"]);
  const broken = [0, 1, 2].map((ordinal) => podOf(ordinal, old(unready())));
  assert.deepEqual(planned(set, broken), ["delete db-2", "delete db-1", "delete db-0"]);
  const ordered = setOf({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 2 } } });
  assert.deepEqual(planned(ordered, broken), []);
});

const DATA = { metadata: { name: "data" }, spec: {}, status: {} };
const withClaims = (policy: object, more: Partial<V1StatefulSetSpec> = {}) =>
  setOf({ volumeClaimTemplates: [DATA], persistentVolumeClaimRetentionPolicy: policy, replicas: 1, ...more });
const claimed = (ordinal: number, seen: Seen = {}): V1Pod => {
  const pod = podOf(ordinal, seen);
  const volumes = [{ name: "data", persistentVolumeClaim: { claimName: `data-db-${ordinal}` } }];
  return { ...pod, spec: { containers: [], volumes } };
};
const claimWith = (
  ...owners: readonly (readonly [kind: string, name: string, uid: string, controller?: boolean])[]
) => {
  const ownerReferences = owners.map(([kind, name, uid, controller = true]) => {
    const apiVersion = kind === "Pod" ? "v1" : "apps/v1";
    return { apiVersion, kind, name, uid, controller };
  });
  return { claimOf: (): V1PersistentVolumeClaim => ({ ...DATA, metadata: { ...DATA.metadata, ownerReferences } }) };
};

test("a pod that waits for claims that are not there gets them", () => {
  assert.deepEqual(planned(withClaims({}), [claimed(0, { phase: "Pending" })]), ["create claims db-0"]);
  assert.deepEqual(planned(withClaims({}), [claimed(0, { phase: "Pending" })], claimWith()), []);
});

test("a pod that lost its name or its volumes is repaired", () => {
  assert.deepEqual(planned(withClaims({}), [podOf(0)], claimWith()), ["repair db-0"]);
  const nameless = { ...podOf(0), metadata: { ...podOf(0).metadata, labels: { "controller-revision-hash": "new" } } };
  assert.deepEqual(planned(setOf({ replicas: 1 }), [nameless]), ["repair db-0"]);
});

test("claims are owned as the retention policy says", () => {
  const owner = { set: ["StatefulSet", "db", "set"], pod: ["Pod", "db-0", "db-0"] } as const;
  const [keep, withSet] = [withClaims({}), withClaims({ whenDeleted: "Delete" })];
  const table: readonly (readonly [V1StatefulSet, ReturnType<typeof claimWith>, boolean])[] = [
    [keep, claimWith(), true],
    [keep, claimWith(owner.set), false],
    [withSet, claimWith(owner.set), true],
    [withSet, claimWith(), false],
    [withSet, claimWith(["StatefulSet", "db", "set", false]), false],
    [withSet, claimWith(owner.pod), false],
    // Somebody else manages it, or it belongs to what had the name before.
    [withSet, claimWith(["Job", "x", "x"]), true],
    [withSet, claimWith(["StatefulSet", "db", "before"]), true],
    [withClaims({ whenScaled: "Delete" }), claimWith(), true],
  ];
  for (const [set, claim, isRight] of table) {
    assert.deepEqual(planned(set, [claimed(0)], claim), isRight ? [] : ["repair db-0"]);
  }
});

test("a claim goes with the pod that is too many", () => {
  const set = withClaims({ whenScaled: "Delete", whenDeleted: "Delete" }, { replicas: 0 });
  const bySet = claimWith(["StatefulSet", "db", "set"]);
  assert.deepEqual(planned(set, [claimed(0)], bySet), ["own claims db-0", "delete db-0"]);
  assert.deepEqual(planned(set, [claimed(0)], claimWith(["Pod", "db-0", "db-0"])), ["delete db-0"]);
});

test("no pod is made beside the claim of the pod before it", () => {
  const stale = claimWith(["Pod", "db-0", "before"]);
  assert.deepEqual(planned(withClaims({ whenScaled: "Delete" }), [], stale), []);
  assert.deepEqual(planned(withClaims({}), [], stale), ["create 0 update"]);
});
