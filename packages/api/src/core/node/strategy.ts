import { adopt, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import type { V1Node } from "./node.gen.ts";
import { validateNode, validateNodeUpdate } from "./validation.ts";
import { nodeWarnings } from "./warnings.ts";

/** Upstream: pkg/registry/core/node/strategy.go */
export const strategy: Strategy<V1Node> = {
  resetFields: [["status"]],
  prepareForCreate(node) {
    delete node.spec.configSource;
    delete node.spec.podPreemptionPolicy;
    delete node.status.config;
  },
  prepareForUpdate(node, old) {
    node.status = adopt(old.status);
    if (!old.spec.configSource) delete node.spec.configSource;
    if (!old.spec.podPreemptionPolicy) delete node.spec.podPreemptionPolicy;
  },
  validate: validateNode,
  validateUpdate: (node, old) => [...validateNode(node), ...validateNodeUpdate(node, old)],
  warningsOnCreate: nodeWarnings,
  warningsOnUpdate: nodeWarnings,
};

export const statusStrategy: UpdateStrategy<V1Node> = {
  resetFields: [["spec"]],
  prepareForUpdate(node, old) {
    node.spec = adopt(old.spec);
    if (!old.status.config) delete node.status.config;
    const { nodeInfo } = node.status;
    if (nodeInfo && old.status.nodeInfo?.runningInUserNamespace === undefined) delete nodeInfo.runningInUserNamespace;
  },
  validateUpdate: validateNodeUpdate,
};
