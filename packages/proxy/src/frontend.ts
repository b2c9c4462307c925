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
  const internal = clusterIpsOf(service).map((address): Frontend => ({ address, port: port.port, reach: "internal" }));
  const external = (service.spec.externalIPs ?? []).map((address): Frontend => ({
    address,
    port: port.port,
    reach: "external",
  }));
  const nodePort: Frontend[] = port.nodePort ? [{ address: nodeIp, port: port.nodePort, reach: "external" }] : [];
  return [...internal, ...nodePort, ...external, ...loadBalancerFrontends(service, port.port)].filter(({ address }) =>
    isIPv4(address),
  );
}

function loadBalancerFrontends({ spec, status }: V1Service, port: number): Frontend[] {
  if (spec.type !== "LoadBalancer") return [];
  const ranges = spec.loadBalancerSourceRanges?.map((range) => range.trim()) ?? [];
  const sources = ranges.length > 0 ? { sourceRanges: ranges.filter(isCidr) } : {};
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip = "", ipMode }): Frontend[] =>
    ipMode === "Proxy" ? [] : [{ address: ip, port, reach: "external", ...sources }],
  );
}

function isCidr(text: string): boolean {
  const [address = "", length = "", ...rest] = text.split("/");
  return isIPv4(address) && /^\d{1,2}$/.test(length) && Number(length) <= 32 && rest.length === 0;
}
