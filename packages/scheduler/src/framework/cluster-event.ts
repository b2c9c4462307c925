import type { V1Node, V1Pod } from "@dingi/api";
import { equalJson, type KubeObject } from "@dingi/apimachinery";
import { requestsOf } from "../cache/node-info.ts";

type Update =
  | "Update"
  | "UpdateNodeAllocatable"
  | "UpdateNodeLabel"
  | "UpdateNodeTaint"
  | "UpdateNodeCondition"
  | "UpdatePodLabel"
  | "UpdatePodScaleDown"
  | "UpdatePodToleration"
  | "UpdatePodOther";

/** Kinds of which plugins are told whatever happens, by their names. */
export type WatchedResource =
  | "PersistentVolumeClaim"
  | "PersistentVolume"
  | "StorageClass"
  | "CSINode"
  | "CSIDriver"
  | "CSIStorageCapacity"
  | "VolumeAttachment";

/** What happened in the cluster that may make a pod fit. Upstream: kube-scheduler/framework/types.go#ClusterEvent */
export interface ClusterEvent {
  /** "TargetPod" is the pod itself that waits. */
  readonly resource: "Node" | "AssignedPod" | "TargetPod" | WatchedResource;
  readonly action: "Add" | "Delete" | Update;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}

/**
 * What of a node's change may let a pod in, an event for each; none for a heartbeat.
 * Upstream: pkg/scheduler/framework/events.go#NodeSchedulingPropertiesChange
 */
export function nodeEvents(before: V1Node | undefined, after: V1Node | undefined): ClusterEvent[] {
  const event = (action: ClusterEvent["action"]): ClusterEvent => ({ resource: "Node", action, before, after });
  if (!before || !after) return [event(after ? "Add" : "Delete")];
  const opened = before.spec.unschedulable === true && after.spec.unschedulable !== true;
  const differs: readonly (readonly [boolean, Update])[] = [
    [!same(before.status.allocatable, after.status.allocatable), "UpdateNodeAllocatable"],
    [!same(before.metadata.labels, after.metadata.labels), "UpdateNodeLabel"],
    [opened || !same(before.spec.taints, after.spec.taints), "UpdateNodeTaint"],
    [!same(conditionsOf(before), conditionsOf(after)), "UpdateNodeCondition"],
  ];
  return differs.flatMap(([changed, action]) => (changed ? [event(action)] : []));
}

/** Upstream: pkg/scheduler/framework/events.go#PodSchedulingPropertiesChange */
export function podUpdateEvents(
  resource: "AssignedPod" | "TargetPod",
  before: V1Pod,
  after: V1Pod,
): readonly ClusterEvent[] {
  const differs: readonly (readonly [boolean, Update])[] = [
    [!same(before.metadata.labels, after.metadata.labels), "UpdatePodLabel"],
    [asksForLess(before, after), "UpdatePodScaleDown"],
    [(before.spec.tolerations?.length ?? 0) !== (after.spec.tolerations?.length ?? 0), "UpdatePodToleration"],
  ];
  const actions = differs.flatMap(([changed, action]) => (changed ? [action] : []));
  if (actions.length === 0) actions.push("UpdatePodOther");
  return actions.map((action) => ({ resource, action, before, after }));
}

function asksForLess(before: V1Pod, after: V1Pod): boolean {
  if (before.spec === after.spec && before.status === after.status) return false;
  const now = requestsOf(after);
  return [...requestsOf(before)].some(([resource, had]) => (now.get(resource) ?? -1) < had);
}

function conditionsOf({ status }: V1Node): Record<string, string> {
  return Object.fromEntries((status.conditions ?? []).map(({ type, status: verdict }) => [type, verdict]));
}

/** What is absent is as good as empty. */
function same(a: object | undefined, b: object | undefined): boolean {
  if (a === b) return true;
  const isEmpty = (value: object | undefined) => value === undefined || Object.keys(value).length === 0;
  return (isEmpty(a) && isEmpty(b)) || equalJson(a, b);
}
