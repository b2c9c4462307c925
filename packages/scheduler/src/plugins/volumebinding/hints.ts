import {
  podClaims,
  type V1CSIDriver,
  type V1CSIStorageCapacity,
  type V1PersistentVolumeClaim,
  type V1Pod,
  type V1StorageClass,
} from "@dingi/api";
import { compareQuantity, equalJson } from "@dingi/apimachinery";
import type { QueueingHint } from "../../framework/plugin.ts";
import { limitOf } from "./storage-capacity.ts";

/** Whether a pod's volumes are of a claim. */
export function usesClaim(pod: V1Pod, claim: V1PersistentVolumeClaim): boolean {
  if (pod.metadata.namespace !== claim.metadata.namespace) return false;
  return podClaims(pod).some(({ claimName }) => claimName === claim.metadata.name);
}

/** Upstream: pkg/scheduler/framework/plugins/volumebinding/volume_binding.go#EventsToRegister */
export const bindingHints: readonly QueueingHint[] = [
  { resource: "StorageClass", actions: ["Add"], worthTrying: () => true },
  {
    resource: "StorageClass",
    actions: ["Update"],
    worthTrying: (_pod, { before, after }) =>
      !equalJson((before as V1StorageClass).allowedTopologies, (after as V1StorageClass).allowedTopologies),
  },
  {
    resource: "PersistentVolumeClaim",
    actions: ["Add", "Update"],
    worthTrying: (pod, { after }) => usesClaim(pod, after as V1PersistentVolumeClaim),
  },
  { resource: "PersistentVolume", actions: ["Add", "Update"], worthTrying: () => true },
  { resource: "Node", actions: ["Add", "UpdateNodeLabel"], worthTrying: () => true },
  { resource: "CSIStorageCapacity", actions: ["Add"], worthTrying: () => true },
  {
    resource: "CSIStorageCapacity",
    actions: ["Update"],
    worthTrying: (_pod, { before, after }) => hasMore(before as V1CSIStorageCapacity, after as V1CSIStorageCapacity),
  },
  {
    resource: "CSIDriver",
    actions: ["Update"],
    worthTrying: (pod, { before, after }) =>
      (before as V1CSIDriver).spec.storageCapacity === true &&
      !(after as V1CSIDriver).spec.storageCapacity &&
      (pod.spec.volumes ?? []).some(({ csi }) => csi?.driver === after!.metadata.name),
  },
];

function hasMore(before: V1CSIStorageCapacity, after: V1CSIStorageCapacity): boolean {
  const [had, has] = [limitOf(before), limitOf(after)];
  return has !== undefined && (had === undefined || compareQuantity(has, had) > 0);
}
