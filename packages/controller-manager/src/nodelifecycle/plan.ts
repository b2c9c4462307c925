import { isPodPhaseTerminal, type V1Node, type V1NodeCondition, type V1Pod, type V1Taint } from "@dingi/api";

export const NOT_READY = "node.kubernetes.io/not-ready";
export const UNREACHABLE = "node.kubernetes.io/unreachable";
const CONDITION_TAINTS: readonly { type: string; status: string; key: string }[] = [
  { type: "Ready", status: "False", key: NOT_READY },
  { type: "Ready", status: "Unknown", key: UNREACHABLE },
  { type: "MemoryPressure", status: "True", key: "node.kubernetes.io/memory-pressure" },
  { type: "DiskPressure", status: "True", key: "node.kubernetes.io/disk-pressure" },
  { type: "PIDPressure", status: "True", key: "node.kubernetes.io/pid-pressure" },
  { type: "NetworkUnavailable", status: "True", key: "node.kubernetes.io/network-unavailable" },
];
const UNSCHEDULABLE = "node.kubernetes.io/unschedulable";
const OWN_KEYS = new Set([...CONDITION_TAINTS.map(({ key }) => key), UNSCHEDULABLE]);
const HEARTBEAT_CONDITIONS = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/** The conditions of a node that has not been heard of for too long. Pure. Upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go#tryUpdateNodeHealth */
export function unknownConditions(node: V1Node, now: string): V1NodeCondition[] {
  const current = new Map((node.status.conditions ?? []).map((condition) => [condition.type, condition]));
  const unknown = HEARTBEAT_CONDITIONS.map((type): V1NodeCondition => {
    const old = current.get(type);
    current.delete(type);
    if (!old)
      return {
        type,
        status: "Unknown",
        reason: "NodeStatusNeverUpdated",
        message: "Kubelet never posted node status.",
        lastHeartbeatTime: node.metadata.creationTimestamp,
        lastTransitionTime: now,
      };
    if (old.status === "Unknown") return old;
    return {
      ...old,
      status: "Unknown",
      reason: "NodeStatusUnknown",
      message: "Kubelet stopped posting node status.",
      lastTransitionTime: now,
    };
  });
  return [...unknown, ...current.values()];
}

/** The taints that a node should have, given its conditions; those of others stay. Pure. */
export function wantedTaints(node: V1Node, now: string): V1Taint[] {
  const own = new Map<string, V1Taint>();
  const had = (key: string, effect: string) =>
    (node.spec.taints ?? []).find((taint) => taint.key === key && taint.effect === effect);
  const add = (key: string, effect: string) =>
    own.set(
      `${key}:${effect}`,
      had(key, effect) ?? { key, effect, ...(effect === "NoExecute" ? { timeAdded: now } : {}) },
    );
  for (const { type, status, key } of CONDITION_TAINTS) {
    if (!node.status.conditions?.some((condition) => condition.type === type && condition.status === status)) continue;
    add(key, "NoSchedule");
    if (type === "Ready") add(key, "NoExecute");
  }
  if (node.spec.unschedulable) add(UNSCHEDULABLE, "NoSchedule");
  // A node that has not reported yet keeps the taint it registered with.
  const silent = !node.status.conditions?.some(({ type }) => type === "Ready");
  const others = (node.spec.taints ?? []).filter(({ key }) => !OWN_KEYS.has(key) || (silent && key === NOT_READY));
  return [...others, ...own.values()];
}

/** When a pod has to leave a node because of its NoExecute taints; undefined: never. Pure. Upstream: pkg/controller/tainteviction/taint_eviction.go */
export function evictionTimeMs(pod: V1Pod, taints: readonly V1Taint[]): number | undefined {
  const noExecute = taints.filter(({ effect }) => effect === "NoExecute");
  if (noExecute.length === 0 || isPodPhaseTerminal(pod.status.phase) || pod.metadata.deletionTimestamp !== undefined)
    return undefined;
  let deadline: number | undefined;
  for (const taint of noExecute) {
    const matching = (pod.spec.tolerations ?? []).filter((toleration) => toleratesTaint(toleration, taint));
    const since = Date.parse(taint.timeAdded ?? "") || 0;
    if (matching.length === 0) return since;
    const bounded = matching
      .filter(({ tolerationSeconds }) => tolerationSeconds !== undefined)
      .map(({ tolerationSeconds }) => since + Math.max(0, Number(tolerationSeconds)) * 1000);
    if (bounded.length > 0) deadline = Math.min(deadline ?? Number.POSITIVE_INFINITY, ...bounded);
  }
  return deadline;
}

function toleratesTaint(toleration: NonNullable<V1Pod["spec"]["tolerations"]>[number], taint: V1Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (!toleration.key && toleration.operator !== "Exists") return false;
  return toleration.operator === "Exists" || (toleration.value ?? "") === (taint.value ?? "");
}
