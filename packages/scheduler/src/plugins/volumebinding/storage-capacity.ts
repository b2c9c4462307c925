import {
  askedOf,
  CSIDriver,
  CSIStorageCapacity,
  type V1CSIStorageCapacity,
  type V1Node,
  type V1PersistentVolumeClaim,
  type V1StorageClass,
} from "@dingi/api";
import { compareQuantity, labelSelectorAsSelector } from "@dingi/apimachinery";
import type { Informers } from "@dingi/client";

/** Whether a volume can be made for a claim on a node, as far as its driver tells. */
export type HasCapacity = (claim: V1PersistentVolumeClaim, storageClass: V1StorageClass, node: V1Node) => boolean;

const CLASS = "storage-class";

/** Upstream: pkg/scheduler/framework/plugins/volumebinding/binder.go#hasEnoughCapacity */
export function storageCapacity(informers: Informers): HasCapacity {
  const drivers = informers.of(CSIDriver);
  const indexes = { [CLASS]: ({ storageClassName }: V1CSIStorageCapacity) => [storageClassName] };
  const capacities = informers.of(CSIStorageCapacity, { indexes });
  return (claim, storageClass, node) => {
    const driver = drivers.get({ namespace: "", name: storageClass.provisioner });
    if (!driver?.spec.storageCapacity) return true;
    const asked = askedOf(claim);
    return [...capacities.by(CLASS, storageClass.metadata.name ?? "")].some(
      (capacity) => isEnough(capacity, asked) && isAt(capacity, node),
    );
  };
}

/** What a driver says can be had at once. */
export const limitOf = ({ maximumVolumeSize, capacity }: V1CSIStorageCapacity): string | undefined =>
  maximumVolumeSize ?? capacity;

function isEnough(capacity: V1CSIStorageCapacity, asked: string): boolean {
  const limit = limitOf(capacity);
  return limit !== undefined && compareQuantity(limit, asked) >= 0;
}

function isAt({ nodeTopology }: V1CSIStorageCapacity, { metadata }: V1Node): boolean {
  return nodeTopology !== undefined && labelSelectorAsSelector(nodeTopology).matches(metadata.labels ?? {});
}
