import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Deployment, V1DeploymentCondition, V1DeploymentStatus, V1ReplicaSet } from "@dingi/api";
import { deploymentStatus, isComplete, type StatusInput } from "./status.ts";

const NOW = Date.UTC(2026, 0, 2);
const BEFORE = "2026-01-01T00:00:00Z";
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

const deploymentOf = (spec: Partial<V1Deployment["spec"]> = {}, status: V1DeploymentStatus = {}): V1Deployment => ({
  metadata: { name: "web", generation: 7 },
  spec: { replicas: 4, selector: {}, template: {}, ...spec },
  status,
});
const setOf = (counts: Partial<V1ReplicaSet["status"]>, name = "web-1"): V1ReplicaSet => ({
  metadata: { name },
  spec: { replicas: counts.replicas ?? 0 },
  status: { replicas: 0, ...counts },
});
const of = (count: number, more: Partial<V1ReplicaSet["status"]> = {}) =>
  setOf({ replicas: count, readyReplicas: count, availableReplicas: count, ...more });

function conditionsOf(input: Partial<StatusInput> & { all: readonly V1ReplicaSet[] }): V1DeploymentCondition[] {
  const deployment = input.deployment ?? deploymentOf();
  return deploymentStatus({ deployment, newSet: input.all[0], nowMs: NOW, ...input })
    .conditions as V1DeploymentCondition[];
}
const progress = (input: Parameters<typeof conditionsOf>[0]) =>
  conditionsOf(input).find(({ type }) => type === "Progressing");
const told = (reason: string, more: Partial<V1DeploymentCondition> = {}): V1DeploymentCondition => ({
  type: "Progressing",
  status: "True",
  reason,
  message: 'ReplicaSet "web-1" is progressing.',
  lastUpdateTime: BEFORE,
  lastTransitionTime: BEFORE,
  ...more,
});

test("counts over all sets, and of the new one what is updated", () => {
  const old = of(2, { terminatingReplicas: 1 });
  const fresh = setOf({ replicas: 3, readyReplicas: 2, availableReplicas: 1 });
  const { conditions: _conditions, ...counts } = deploymentStatus({
    deployment: deploymentOf({}, { collisionCount: 2 }),
    newSet: fresh,
    all: [fresh, old],
    nowMs: NOW,
  });
  assert.deepEqual(counts, {
    observedGeneration: 7,
    replicas: 5,
    updatedReplicas: 3,
    readyReplicas: 4,
    availableReplicas: 3,
    unavailableReplicas: 2,
    terminatingReplicas: 1,
    collisionCount: 2,
  });
  const none = deploymentStatus({ deployment: deploymentOf(), newSet: undefined, all: [old], nowMs: NOW });
  assert.deepEqual([none.updatedReplicas, "collisionCount" in none], [0, false]);
  const more = deploymentStatus({
    deployment: deploymentOf(),
    newSet: undefined,
    all: [{ ...old, spec: {} }],
    nowMs: NOW,
  });
  assert.equal(more.unavailableReplicas, 0);
});

test("available when no more are away than may be", () => {
  const available = (count: number) => {
    const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } };
    const [condition] = conditionsOf({
      deployment: deploymentOf({ strategy }),
      all: [of(4, { availableReplicas: count })],
    });
    return [condition?.type, condition?.status, condition?.reason].join(" ");
  };
  assert.equal(available(3), "Available True MinimumReplicasAvailable");
  assert.equal(available(2), "Available False MinimumReplicasUnavailable");
});

test("complete when all are new, available, and nothing else is there", () => {
  const counts = { updatedReplicas: 4, replicas: 4, availableReplicas: 4 };
  assert.equal(isComplete(deploymentOf(), counts), true);
  for (const field of ["updatedReplicas", "replicas", "availableReplicas"])
    assert.equal(isComplete(deploymentOf(), { ...counts, [field]: 3 }), false, field);
});

test("a set's failure is the deployment's", () => {
  const failure = { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: "quota" };
  const found = conditionsOf({ all: [of(4), of(0, { conditions: [{ type: "Other", status: "True" }, failure] })] });
  const { type, status, reason, message } = found.at(-1)!;
  assert.deepEqual({ type, status, reason, message }, failure);
  assert.deepEqual(
    conditionsOf({ all: [of(4)] }).map((condition) => condition.type),
    ["Available", "Progressing"],
  );
});

test("nothing is said of progress without a deadline", () => {
  assert.equal(
    progress({ deployment: deploymentOf({ progressDeadlineSeconds: 2 ** 31 - 1 }), all: [of(4)] }),
    undefined,
  );
  assert.equal(
    progress({ deployment: deploymentOf({ progressDeadlineSeconds: 2 ** 31 - 2 }), all: [of(4)] })?.reason,
    "NewReplicaSetAvailable",
  );
});

test("what has just been done is what is told, unless all is done", () => {
  const made = { reason: "NewReplicaSetCreated", message: "made" } as const;
  const failed = { reason: "ReplicaSetCreateError", message: "no" } as const;
  const short = (condition: V1DeploymentCondition | undefined) => [
    condition?.status,
    condition?.reason,
    condition?.message,
  ];
  assert.deepEqual(short(progress({ all: [of(1)], event: made })), ["True", "NewReplicaSetCreated", "made"]);
  assert.deepEqual(short(progress({ all: [], event: failed })), ["False", "ReplicaSetCreateError", "no"]);
  assert.deepEqual(short(progress({ all: [of(4)], event: made })), [
    "True",
    "NewReplicaSetAvailable",
    'ReplicaSet "web-1" has successfully progressed.',
  ]);
  assert.equal(progress({ all: [] })?.message, 'Deployment "web" is progressing.');
});

const COUNTS = { replicas: 4, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 1 };
const MOVES: readonly (readonly [string, V1DeploymentStatus, boolean])[] = [
  ["nothing changed", {}, false],
  ["more are updated", { updatedReplicas: 1, replicas: 3 }, true],
  ["fewer old ones are there", { replicas: 5 }, true],
  ["more are ready", { readyReplicas: 1 }, true],
  ["more are available", { availableReplicas: 0 }, true],
  ["fewer are ready", { readyReplicas: 3 }, false],
  ["more old ones are there", { replicas: 3 }, false],
];
for (const [what, before, moves] of MOVES)
  test(`the deadline counts ${moves ? "anew" : "on"} when ${what}`, () => {
    const conditions = [told("ReplicaSetUpdated")];
    const deployment = deploymentOf({}, { ...COUNTS, ...before, conditions });
    const fresh = setOf({ replicas: 2, readyReplicas: 2, availableReplicas: 1 });
    const { lastUpdateTime } = progress({
      deployment: { ...deployment, spec: { ...deployment.spec, progressDeadlineSeconds: 10 ** 6 } },
      all: [fresh, setOf({ replicas: 2 }, "web-0")],
    })!;
    assert.equal(lastUpdateTime, BEFORE);
    const otherwise = [told("NewReplicaSetCreated")];
    const renewed = progress({
      deployment: {
        ...deployment,
        spec: { ...deployment.spec, progressDeadlineSeconds: 10 ** 6 },
        status: { ...deployment.status, conditions: otherwise },
      },
      all: [fresh, setOf({ replicas: 2 }, "web-0")],
    })!;
    assert.equal(renewed.reason, moves ? "ReplicaSetUpdated" : "NewReplicaSetCreated");
    assert.deepEqual([renewed.lastUpdateTime === BEFORE, renewed.lastTransitionTime], [!moves, BEFORE]);
  });

test("late after its time, and for as long as nothing moves, but never once it was done", () => {
  const counts = { replicas: 4, updatedReplicas: 4, readyReplicas: 2, availableReplicas: 2 };
  const stuck = setOf({ replicas: 4, readyReplicas: 2, availableReplicas: 2 });
  const reason = (condition: V1DeploymentCondition, progressDeadlineSeconds = 10) =>
    progress({
      deployment: deploymentOf({ progressDeadlineSeconds }, { ...counts, conditions: [condition] }),
      all: [stuck],
    })?.reason;
  assert.equal(reason(told("ReplicaSetUpdated", { lastUpdateTime: ago(10) })), "ReplicaSetUpdated");
  assert.equal(reason(told("ReplicaSetUpdated", { lastUpdateTime: ago(11) })), "ProgressDeadlineExceeded");
  assert.equal(
    reason(told("ProgressDeadlineExceeded", { status: "False", lastUpdateTime: ago(1) })),
    "ProgressDeadlineExceeded",
  );
  assert.equal(reason(told("NewReplicaSetAvailable", { lastUpdateTime: ago(1000) })), "NewReplicaSetAvailable");
  const { progressDeadlineSeconds: _none, ...spec } = deploymentOf().spec;
  const usual = (seconds: number) =>
    progress({
      deployment: {
        ...deploymentOf(),
        spec,
        status: { ...counts, conditions: [told("ReplicaSetUpdated", { lastUpdateTime: ago(seconds) })] },
      },
      all: [stuck],
    })?.reason;
  assert.deepEqual([usual(600), usual(601)], ["ReplicaSetUpdated", "ProgressDeadlineExceeded"]);
});
