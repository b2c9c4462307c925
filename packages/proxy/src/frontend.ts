import { isIPv4 } from "node:net";
import type { V1Service, V1ServicePort } from "@dingi/api";

/** An address and port at which a service port is reached. */
export interface Frontend {
  readonly address: string;
  readonly port: number;
  /** Internal is the cluster IP; external are node ports, external IPs and load balancer addresses. */
  readonly reach: "internal" | "external";
  /** The only source ranges let in; undefined for all. */
  readonly sourceRanges?: readonly string[];
}

const PROXY_NAME_LABEL = "service.kubernetes.io/service-proxy-name";
const CIDR = /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/;

/** Whether this proxy serves the service at all. Upstream: pkg/proxy/util/utils.go#ShouldSkipService */
export function isProxied(service: V1Service): boolean {
  const { clusterIP, type } = service.spec;
  if (service.metadata.labels?.[PROXY_NAME_LABEL] !== undefined) return false;
  return type !== "ExternalName" && clusterIpsOf(service).length > 0 && clusterIP !== "None";
}

/** The IPv4 cluster IPs. */
export function clusterIpsOf({ spec }: V1Service): string[] {
  const all = spec.clusterIPs?.length ? spec.clusterIPs : [spec.clusterIP ?? ""];
  return all.filter((address) => isIPv4(address));
}

export function frontendsOf(service: V1Service, port: V1ServicePort, nodeIp: string): Frontend[] {
  const { spec, status } = service;
  const frontends: Frontend[] = clusterIpsOf(service).map((address) => ({
    address,
    port: port.port,
    reach: "internal",
  }));
  if (port.nodePort && isIPv4(nodeIp)) frontends.push({ address: nodeIp, port: port.nodePort, reach: "external" });
  for (const address of spec.externalIPs ?? []) {
    if (isIPv4(address)) frontends.push({ address, port: port.port, reach: "external" });
  }
  if (spec.type !== "LoadBalancer") return frontends;
  const sourceRanges = spec.loadBalancerSourceRanges?.map((range) => range.trim()).filter((range) => CIDR.test(range));
  for (const { ip, ipMode } of status?.loadBalancer?.ingress ?? []) {
    if (!ip || !isIPv4(ip) || ipMode === "Proxy") continue;
    frontends.push({
      address: ip,
      port: port.port,
      reach: "external",
      ...(spec.loadBalancerSourceRanges?.length ? { sourceRanges: sourceRanges ?? [] } : {}),
    });
  }
  return frontends;
}
