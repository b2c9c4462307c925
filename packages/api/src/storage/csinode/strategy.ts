import { adopt, resetObjectMetaForStatus, type Draft, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import type { V1CSINode } from "./csinode.gen.ts";
import { validateCSINode, validateCSINodeStatusUpdate, validateCSINodeUpdate } from "./validation.ts";

/** Upstream: pkg/registry/storage/csinode/strategy.go */
export const strategy: Strategy<V1CSINode> = {
  allowUnconditionalUpdate: false,
  resetFields: [["status"]],
  prepareForCreate(node) {
    node.status = {};
  },
  prepareForUpdate(node, old) {
    node.status = adopt(old.status);
  },
  validate: validateCSINode,
  validateUpdate: validateCSINodeUpdate,
};

export const statusStrategy: UpdateStrategy<V1CSINode> = {
  resetFields: [["metadata"], ["spec"]],
  prepareForUpdate(node, old) {
    node.spec = adopt(old.spec);
    resetObjectMetaForStatus(node.metadata, old.metadata);
    dropHealth(node, old);
  },
  validateUpdate: validateCSINodeStatusUpdate,
};

/** The health of storage is a feature that is off; what is known of it already stays. Upstream: …#dropDisabledCSINodeFields */
function dropHealth({ status }: Draft<V1CSINode>, old: V1CSINode): void {
  if (!old.status.storageHealth?.length) delete status.storageHealth;
}
