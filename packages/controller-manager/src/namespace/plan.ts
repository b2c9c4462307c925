import { wireTime } from "@dingi/apimachinery";
import type { V1Namespace, V1NamespaceCondition } from "@dingi/api";

/** What is still in a namespace that is being deleted. */
export interface Remaining {
  readonly total: number;
  /** "pods." → how many. */
  readonly byResource: ReadonlyMap<string, number>;
  readonly byFinalizer: ReadonlyMap<string, number>;
  /** The longest grace period that something remaining was given. */
  readonly graceSeconds: number;
  readonly failures: readonly string[];
}

/** Pure; undefined when nothing changed. Upstream: pkg/controller/namespace/deletion/status_condition_utils.go */
export function namespaceConditions(
  namespace: V1Namespace,
  remaining: Remaining,
  nowMs: number,
): readonly V1NamespaceCondition[] | undefined {
  const now = wireTime(nowMs);
  const before = new Map((namespace.status.conditions ?? []).map((condition) => [condition.type, condition]));
  const wanted = [
    {
      type: "NamespaceDeletionDiscoveryFailure",
      status: "False",
      reason: "ResourcesDiscovered",
      message: "All resources successfully discovered",
    },
    {
      type: "NamespaceDeletionGroupVersionParsingFailure",
      status: "False",
      reason: "ParsedGroupVersions",
      message: "All legacy kube types successfully parsed",
    },
    deletionFailure(remaining),
    contentRemaining(remaining),
    finalizersRemaining(remaining),
  ];
  const conditions = wanted.map((condition) => {
    const old = before.get(condition.type);
    return { ...condition, lastTransitionTime: old?.status === condition.status ? old.lastTransitionTime : now };
  });
  const same = conditions.every(
    (condition) =>
      before.get(condition.type)?.message === condition.message &&
      before.get(condition.type)?.status === condition.status,
  );
  return same && before.size > 0 ? undefined : conditions;
}

function deletionFailure({ failures }: Remaining) {
  if (failures.length === 0) {
    return {
      type: "NamespaceDeletionContentFailure",
      status: "False",
      reason: "ContentDeleted",
      message: "All content successfully deleted, may be waiting on finalization",
    };
  }
  return {
    type: "NamespaceDeletionContentFailure",
    status: "True",
    reason: "ContentDeletionFailed",
    message: `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(", ")}`,
  };
}

function contentRemaining({ byResource }: Remaining) {
  if (byResource.size === 0)
    return {
      type: "NamespaceContentRemaining",
      status: "False",
      reason: "ContentRemoved",
      message: "All content successfully removed",
    };
  const texts = [...byResource].sort().map(([resource, count]) => `${resource} has ${count} resource instances`);
  return {
    type: "NamespaceContentRemaining",
    status: "True",
    reason: "SomeResourcesRemain",
    message: `Some resources are remaining: ${texts.join(", ")}`,
  };
}

function finalizersRemaining({ byFinalizer }: Remaining) {
  if (byFinalizer.size === 0)
    return {
      type: "NamespaceFinalizersRemaining",
      status: "False",
      reason: "ContentHasNoFinalizers",
      message: "All content-preserving finalizers finished",
    };
  const texts = [...byFinalizer].sort().map(([finalizer, count]) => `${finalizer} in ${count} resource instances`);
  return {
    type: "NamespaceFinalizersRemaining",
    status: "True",
    reason: "SomeFinalizersRemain",
    message: `Some content in the namespace has finalizers remaining: ${texts.join(", ")}`,
  };
}
