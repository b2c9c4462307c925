import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1Service, V1ServicePort } from "./service.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printService */
export const columns: readonly Column<V1Service>[] = [
  nameColumn,
  { name: "Type", type: "string", value: ({ spec }) => spec.type ?? "" },
  { name: "Cluster-IP", type: "string", value: ({ spec }) => spec.clusterIPs?.[0] ?? "<none>" },
  { name: "External-IP", type: "string", value: externalIpText },
  { name: "Port(s)", type: "string", value: ({ spec }) => (spec.ports ?? []).map(portText).join(",") || "<none>" },
  ageColumn,
  { name: "Selector", type: "string", priority: 1, value: selectorText },
];

function externalIpText({ spec, status }: V1Service): string {
  const ips = spec.externalIPs ?? [];
  switch (spec.type) {
    case "ClusterIP":
    case "NodePort":
      return ips.join(",") || "<none>";
    case "LoadBalancer":
      return [...balancerAddresses(status), ...ips].join(",") || "<pending>";
    case "ExternalName":
      return spec.externalName ?? "";
    default:
      return "<unknown>";
  }
}

function balancerAddresses({ loadBalancer }: V1Service["status"]): string[] {
  return [...new Set((loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || ""))]
    .filter(Boolean)
    .sort();
}

const portText = ({ port, nodePort, protocol }: V1ServicePort): string =>
  `${port}${nodePort ? `:${nodePort}` : ""}/${protocol}`;

function selectorText({ spec }: V1Service): string {
  const pairs = Object.entries(spec.selector ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.sort().join(",") || "<none>";
}
