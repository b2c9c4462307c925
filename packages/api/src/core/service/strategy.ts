import {
  adopt,
  semanticEqual,
  ipWarnings,
  path,
  type Draft,
  type Strategy,
  type UpdateStrategy,
} from "@dingi/apimachinery";
import { isExternallyAccessible, needsClusterIp, needsHealthCheckNodePort } from "./allocation.ts";
import type { V1Service } from "./service.gen.ts";
import { validateLoadBalancerStatus, validateServiceUpdate } from "./update-validation.ts";
import { validateService } from "./validation.ts";
import { serviceWarnings } from "./warnings.ts";

/** Upstream: pkg/registry/core/service/strategy.go */
export const strategy: Strategy<V1Service> = {
  allowCreateOnUpdate: true,
  nameFormat: "label",
  resetFields: [["status"]],
  prepareForCreate(service) {
    service.status = { loadBalancer: {} };
  },
  prepareForUpdate(service, old) {
    service.status = adopt(old.status);
    dropTypeDependentFields(service, old);
  },
  validate: (service) => validateService(service),
  validateUpdate: validateServiceUpdate,
  /** Differs: upstream stores the policy and hides it on every read. Upstream: …/storage/storage.go#defaultOnReadInternalTrafficPolicy */
  canonicalize({ spec }) {
    if (spec.type === "ExternalName") delete spec.internalTrafficPolicy;
  },
  warningsOnCreate: serviceWarnings,
  warningsOnUpdate: serviceWarnings,
};

export const statusStrategy: UpdateStrategy<V1Service> = {
  resetFields: [["spec"]],
  prepareForUpdate(service, old) {
    service.spec = adopt(old.spec);
  },
  validateUpdate: validateLoadBalancerStatus,
  warningsOnUpdate: ({ status }) =>
    (status.loadBalancer?.ingress ?? []).flatMap(({ ip }, i) =>
      ip ? ipWarnings(ip, path("status", "loadBalancer", "ingress").index(i)) : [],
    ),
};

/**
 * A change of type may leave behind values that the old type was given and the writer did not touch.
 * Upstream: …#dropTypeDependentFields
 */
function dropTypeDependentFields(service: Draft<V1Service>, old: V1Service): void {
  const { spec } = service;
  if (needsClusterIp(old) && !needsClusterIp(service)) {
    if (spec.clusterIP === old.spec.clusterIP && semanticEqual(spec.clusterIPs, old.spec.clusterIPs)) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    if (semanticEqual(spec.ipFamilies, old.spec.ipFamilies)) delete spec.ipFamilies;
    if (spec.ipFamilyPolicy === old.spec.ipFamilyPolicy) delete spec.ipFamilyPolicy;
  }
  dropPorts(service, old);
  dropBalancerFields(service, old);
  if (
    isExternallyAccessible(old) &&
    !isExternallyAccessible(service) &&
    spec.externalTrafficPolicy === old.spec.externalTrafficPolicy
  ) {
    delete spec.externalTrafficPolicy;
  }
  if (spec.type !== "LoadBalancer") service.status = { ...service.status, loadBalancer: {} };
}

const opensNodePorts = ({ spec }: V1Service | Draft<V1Service>): boolean =>
  spec.type === "NodePort" || spec.type === "LoadBalancer";

function dropPorts(service: Draft<V1Service>, old: V1Service): void {
  const { spec } = service;
  const before = new Set((old.spec.ports ?? []).map((port) => port.nodePort));
  const untouched = (spec.ports ?? []).every((port) => !port.nodePort || before.has(port.nodePort));
  if (opensNodePorts(old) && !opensNodePorts(service) && untouched)
    for (const port of spec.ports ?? []) delete port.nodePort;
  if (!needsHealthCheckNodePort(old) || needsHealthCheckNodePort(service)) return;
  if (spec.healthCheckNodePort === old.spec.healthCheckNodePort) delete spec.healthCheckNodePort;
}

function dropBalancerFields({ spec }: Draft<V1Service>, old: V1Service): void {
  if (old.spec.type !== "LoadBalancer" || spec.type === "LoadBalancer") return;
  if (spec.allocateLoadBalancerNodePorts === old.spec.allocateLoadBalancerNodePorts)
    delete spec.allocateLoadBalancerNodePorts;
  if (spec.loadBalancerClass === old.spec.loadBalancerClass) delete spec.loadBalancerClass;
}
