import { cidrWarnings, ipWarnings, path } from "@dingi/apimachinery";
import { CLUSTER_IP_NONE } from "./cluster-ip.ts";
import type { V1Service } from "./service.gen.ts";

const HINTS = "service.kubernetes.io/topology-aware-hints";
const MODE = "service.kubernetes.io/topology-mode";

/** Upstream: pkg/api/service/warnings.go#GetWarningsForService */
export function serviceWarnings(service: V1Service): string[] {
  const { metadata, spec } = service;
  const field = path("spec");
  const ips = spec.clusterIP && spec.clusterIP !== CLUSTER_IP_NONE ? (spec.clusterIPs ?? []) : [];
  return [
    ...(Object.hasOwn(metadata.annotations ?? {}, HINTS)
      ? [`annotation ${HINTS} is deprecated, please use ${MODE} instead`]
      : []),
    ...ips.flatMap((ip, i) => ipWarnings(ip, field.child("clusterIPs").index(i))),
    ...(isHeadlessType(service) ? headlessWarnings(service) : []),
    ...(spec.externalIPs ?? []).flatMap((ip, i) => ipWarnings(ip, field.child("externalIPs").index(i))),
    ...externalIpWarnings(service),
    ...(spec.loadBalancerIP ? ipWarnings(spec.loadBalancerIP, field.child("loadBalancerIP")) : []),
    ...(spec.loadBalancerSourceRanges ?? []).flatMap((cidr, i) =>
      cidrWarnings(cidr, field.child("loadBalancerSourceRanges").index(i)),
    ),
    ...externalNameWarnings(service),
    ...(spec.trafficDistribution === "PreferClose"
      ? ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"']
      : []),
  ];
}

const isHeadlessType = ({ spec }: V1Service): boolean =>
  spec.type === "ClusterIP" && spec.clusterIP === CLUSTER_IP_NONE;

function headlessWarnings({ spec }: V1Service): string[] {
  return [
    ...(spec.loadBalancerIP ? ["spec.loadBalancerIP is ignored for headless services"] : []),
    ...(spec.externalIPs?.length ? ["spec.externalIPs is ignored for headless services"] : []),
    ...(spec.sessionAffinity !== "None" ? ["spec.SessionAffinity is ignored for headless services"] : []),
  ];
}

function externalIpWarnings(service: V1Service): string[] {
  if (!service.spec.externalIPs?.length || isHeadlessType(service) || service.spec.type === "ExternalName") return [];
  return ["spec.externalIPs is deprecated and may no longer be implemented in some clusters"];
}

function externalNameWarnings({ spec }: V1Service): string[] {
  if (spec.type === "ExternalName") {
    return spec.externalIPs?.length ? ['spec.externalIPs is ignored when spec.type is "ExternalName"'] : [];
  }
  return spec.externalName ? ['spec.externalName is ignored when spec.type is not "ExternalName"'] : [];
}
