import { wireTime } from "@dingi/apimachinery";
import type { V1Deployment, V1DeploymentCondition, V1DeploymentStatus, V1ReplicaSet } from "@dingi/api";
import { boundsOf } from "./rolling.ts";

const sum = (sets: readonly V1ReplicaSet[], of: (status: V1ReplicaSet["status"]) => number | undefined): number =>
  sets.reduce((total, { status }) => total + (of(status) ?? 0), 0);

export interface StatusInput {
  readonly deployment: V1Deployment;
  readonly newSet: V1ReplicaSet | undefined;
  readonly all: readonly V1ReplicaSet[];
  readonly nowMs: number;
  /** The new ReplicaSet was just made, or found. */
  readonly event?:
    | {
        readonly reason: "NewReplicaSetCreated" | "FoundNewReplicaSet" | "ReplicaSetCreateError";
        readonly message: string;
      }
    | undefined;
}

/** Pure. Upstream: pkg/controller/deployment/{sync,progress}.go */
export function deploymentStatus(input: StatusInput): V1DeploymentStatus {
  const { deployment, newSet, all } = input;
  const available = sum(all, (status) => status.availableReplicas);
  const replicas = sum(all, (status) => status.replicas);
  const total = all.reduce((count, { spec }) => count + (spec.replicas ?? 0), 0);
  const counts = {
    observedGeneration: deployment.metadata.generation,
    replicas,
    updatedReplicas: newSet ? sum([newSet], (status) => status.replicas) : 0,
    readyReplicas: sum(all, (status) => status.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, total - available),
    terminatingReplicas: sum(all, (status) => status.terminatingReplicas),
    ...(deployment.status.collisionCount === undefined ? {} : { collisionCount: deployment.status.collisionCount }),
  };
  return { ...counts, conditions: conditions(input, counts) };
}

type Counts = Pick<V1DeploymentStatus, "replicas" | "updatedReplicas" | "readyReplicas" | "availableReplicas">;

function conditions(input: StatusInput, counts: Counts): V1DeploymentCondition[] {
  const { deployment, all, nowMs } = input;
  const { desired, maxUnavailable } = boundsOf(deployment);
  const now = wireTime(nowMs);
  const before = new Map((deployment.status.conditions ?? []).map((condition) => [condition.type, condition]));
  const enough = (counts.availableReplicas ?? 0) >= desired - maxUnavailable;
  const available = enough
    ? { status: "True", reason: "MinimumReplicasAvailable", message: "Deployment has minimum availability." }
    : {
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };
  const wanted: (Pick<V1DeploymentCondition, "type" | "status" | "reason" | "message"> | undefined)[] = [
    { type: "Available", ...available },
    progressing(input, counts),
    replicaFailure(all),
  ];
  return wanted.flatMap((condition): V1DeploymentCondition[] => {
    if (!condition) return [];
    const old = before.get(condition.type);
    if (
      old &&
      old.status === condition.status &&
      old.reason === condition.reason &&
      (old.message === condition.message || !movesClock(input, counts))
    )
      return [{ ...old, message: condition.message }];
    return [
      {
        ...condition,
        lastUpdateTime: now,
        lastTransitionTime: old?.status === condition.status ? old.lastTransitionTime : now,
      },
    ];
  });
}

/** Whether pods became updated, ready or available, or old ones went: what the progress deadline counts from. */
function movesClock({ deployment }: StatusInput, counts: Counts): boolean {
  const old = deployment.status;
  const oldOnes = (status: Counts) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (counts.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) ||
    oldOnes(counts) < oldOnes(old) ||
    (counts.readyReplicas ?? 0) > (old.readyReplicas ?? 0) ||
    (counts.availableReplicas ?? 0) > (old.availableReplicas ?? 0)
  );
}

function replicaFailure(
  all: readonly V1ReplicaSet[],
): Pick<V1DeploymentCondition, "type" | "status" | "reason" | "message"> | undefined {
  const failure = all.flatMap(({ status }) => status.conditions ?? []).find(({ type }) => type === "ReplicaFailure");
  return (
    failure && { type: "ReplicaFailure", status: failure.status, reason: failure.reason, message: failure.message }
  );
}

export function isComplete(deployment: V1Deployment, counts: Counts): boolean {
  const desired = deployment.spec.replicas ?? 1;
  return counts.updatedReplicas === desired && counts.replicas === desired && counts.availableReplicas === desired;
}

function progressing(
  input: StatusInput,
  counts: Counts,
): Pick<V1DeploymentCondition, "type" | "status" | "reason" | "message"> | undefined {
  const { deployment, newSet, event } = input;
  const old = deployment.status.conditions?.find(({ type }) => type === "Progressing");
  if ((deployment.spec.progressDeadlineSeconds ?? 600) >= 2 ** 31 - 1) return undefined;
  if (deployment.spec.paused)
    return { type: "Progressing", status: "Unknown", reason: "DeploymentPaused", message: "Deployment is paused" };
  const name = newSet
    ? `ReplicaSet ${JSON.stringify(newSet.metadata.name)}`
    : `Deployment ${JSON.stringify(deployment.metadata.name)}`;
  const alreadyDone = old?.reason === "NewReplicaSetAvailable" && counts.updatedReplicas === counts.replicas && !event;
  if (isComplete(deployment, counts) && newSet)
    return {
      type: "Progressing",
      status: "True",
      reason: "NewReplicaSetAvailable",
      message: `${name} has successfully progressed.`,
    };
  if (event)
    return {
      type: "Progressing",
      status: event.reason === "ReplicaSetCreateError" ? "False" : "True",
      reason: event.reason,
      message: event.message,
    };
  if (movesClock(input, counts))
    return { type: "Progressing", status: "True", reason: "ReplicaSetUpdated", message: `${name} is progressing.` };
  if (!alreadyDone && old && isLate(input, old))
    return {
      type: "Progressing",
      status: "False",
      reason: "ProgressDeadlineExceeded",
      message: `${name} has timed out progressing.`,
    };
  return (
    old ?? { type: "Progressing", status: "True", reason: "ReplicaSetUpdated", message: `${name} is progressing.` }
  );
}

function isLate({ deployment, nowMs }: StatusInput, condition: V1DeploymentCondition): boolean {
  if (condition.reason === "ProgressDeadlineExceeded") return true;
  return Date.parse(condition.lastUpdateTime ?? "") + (deployment.spec.progressDeadlineSeconds ?? 600) * 1000 < nowMs;
}
