import type { V1Endpoint, V1EndpointSlice, V1Service, V1ServiceSpec } from "@dingi/api";
import type { Site } from "./service-rules.ts";

export const SITE: Site = {
  nodeName: "n1",
  zone: "z1",
  nodeIp: "198.18.0.11",
  podCidr: "10.244.0.0/16",
  ownPods: "10.244.1.0/24",
};
export const HTTP = { name: "http", protocol: "TCP", port: 80 };

export function aService(spec: Partial<V1ServiceSpec>, name = "web"): V1Service {
  const clusterIP = spec.clusterIP ?? "10.96.0.1";
  return {
    metadata: { name, namespace: "default" },
    spec: { type: "ClusterIP", clusterIP, clusterIPs: [clusterIP], ports: [HTTP], ...spec },
    status: {},
  } as V1Service;
}

export function aSlice(
  endpoints: readonly V1Endpoint[],
  ports: V1EndpointSlice["ports"] = [{ name: "http", protocol: "TCP", port: 8080 }],
): V1EndpointSlice {
  const metadata = { name: "web-1", namespace: "default", labels: { "kubernetes.io/service-name": "web" } };
  return { metadata, addressType: "IPv4", endpoints, ports } as V1EndpointSlice;
}

export function at(address: string, nodeName: string, more: Partial<V1Endpoint> = {}): V1Endpoint {
  return { addresses: [address], nodeName, conditions: { ready: true }, ...more };
}
