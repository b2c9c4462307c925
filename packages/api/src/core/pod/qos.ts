import { compareQuantity } from "@dingi/apimachinery";
import type { V1Pod, V1ResourceRequirements } from "./pod.gen.ts";
import { hasPodLevelResources } from "./resources.ts";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

export function podQos(pod: V1Pod): QosClass {
  return (pod.status?.qosClass as QosClass | undefined) || computePodQos(pod);
}

/** Upstream: pkg/apis/core/v1/helper/qos/qos.go#ComputePodQOS */
export function computePodQos({ spec }: Pick<V1Pod, "spec">): QosClass {
  if (spec.resources && hasPodLevelResources(spec)) return requirementsQos(spec.resources);
  let qos: QosClass | undefined;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    const own = requirementsQos(container.resources ?? {});
    if (own === "Burstable" || (qos && qos !== own)) return "Burstable";
    qos = own;
  }
  return qos ?? "BestEffort";
}

function requirementsQos({ requests = {}, limits = {} }: V1ResourceRequirements): QosClass {
  if (Object.keys(requests).length === 0 && Object.keys(limits).length === 0) return "BestEffort";
  const cpu = resourceQos(requests["cpu"], limits["cpu"]);
  const memory = resourceQos(requests["memory"], limits["memory"]);
  return cpu === memory ? cpu : "Burstable";
}

function resourceQos(request = "0", limit = "0"): QosClass {
  if (compareQuantity(request, limit) !== 0) return "Burstable";
  return compareQuantity(request, "0") === 0 ? "BestEffort" : "Guaranteed";
}
