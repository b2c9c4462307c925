import { adopt, resetObjectMetaForStatus, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import type { V1ServiceCIDR } from "./servicecidr.gen.ts";
import { validateServiceCIDR, validateServiceCIDRUpdate } from "./validation.ts";

/** Upstream: pkg/registry/networking/servicecidr/strategy.go */
export const strategy: Strategy<V1ServiceCIDR> = {
  resetFields: [["status"]],
  prepareForCreate(cidr) {
    cidr.status = {};
  },
  prepareForUpdate(cidr, old) {
    cidr.status = adopt(old.status);
  },
  validate: validateServiceCIDR,
  validateUpdate: validateServiceCIDRUpdate,
};

export const statusStrategy: UpdateStrategy<V1ServiceCIDR> = {
  resetFields: [["metadata"], ["spec"]],
  prepareForUpdate(cidr, old) {
    cidr.spec = adopt(old.spec);
    resetObjectMetaForStatus(cidr.metadata, old.metadata);
  },
};
