import type { Draft } from "@dingi/apimachinery";
import { roundResources } from "../pod/resources.ts";
import type { V1Node } from "./node.gen.ts";

const EMPTY_NODE_INFO = {
  machineID: "",
  systemUUID: "",
  bootID: "",
  kernelVersion: "",
  osImage: "",
  containerRuntimeVersion: "",
  kubeletVersion: "",
  kubeProxyVersion: "",
  operatingSystem: "",
  architecture: "",
};

/** Upstream: pkg/apis/core/v1/defaults.go#SetDefaults_NodeStatus */
export function defaultNode(node: Draft<V1Node>): void {
  node.spec ??= {};
  node.status ??= {};
  joinPodCidrs(node.spec);
  const { status } = node;
  status.daemonEndpoints = { kubeletEndpoint: { Port: 0 }, ...status.daemonEndpoints };
  status.nodeInfo = { ...EMPTY_NODE_INFO, ...status.nodeInfo };
  if (!status.allocatable && status.capacity) status.allocatable = { ...status.capacity };
  roundResources(status.capacity);
  roundResources(status.allocatable);
}

/** Older clients know only `podCIDR`, so where the two differ it is right. Upstream: …/conversion.go#Convert_v1_NodeSpec_To_core_NodeSpec */
function joinPodCidrs(spec: Draft<V1Node>["spec"]): void {
  if (spec.podCIDR && spec.podCIDR !== spec.podCIDRs?.[0]) spec.podCIDRs = [spec.podCIDR];
  else if (spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
}
