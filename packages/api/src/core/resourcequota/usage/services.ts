import type { V1Service } from "../../service/service.gen.ts";
import type { QuotaEvaluator } from "./evaluator.ts";

const COUNT = "count/services";
const NAMES: ReadonlySet<string> = new Set([COUNT, "services", "services.nodeports", "services.loadbalancers"]);

/** Upstream: pkg/quota/v1/evaluator/core/services.go#serviceEvaluator */
export const serviceUsage: QuotaEvaluator<V1Service> = {
  resource: { group: "", resource: "services" },
  matching: (names) => names.filter((name) => NAMES.has(name)),
  /** Its type may change. */
  isCharged: ({ subresource }) => subresource === "",
  isFreed: (service, old) => countedType(service) !== countedType(old),
  usage: (service) => ({
    [COUNT]: "1",
    services: "1",
    "services.loadbalancers": service.spec.type === "LoadBalancer" ? "1" : "0",
    "services.nodeports": String(nodePorts(service)),
  }),
};

/** Ports that have no number yet count by what is meant to happen. */
function nodePorts({ spec }: V1Service): number {
  const ports = spec.ports ?? [];
  if (spec.type === "NodePort") return ports.length;
  if (spec.type !== "LoadBalancer") return 0;
  return spec.allocateLoadBalancerNodePorts === false ? ports.filter(({ nodePort }) => nodePort).length : ports.length;
}

const countedType = ({ spec: { type } }: V1Service): string =>
  type === "NodePort" || type === "LoadBalancer" ? type : "";
