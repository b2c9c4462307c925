import {
  adopt,
  semanticEqual,
  invalid,
  path,
  type Draft,
  type FieldError,
  type IpFamily,
  type StorageHooks,
} from "@dingi/apimachinery";
import { CLUSTER_IP_NONE, ipFamilyOf } from "./cluster-ip.ts";
import { validateClusterIps } from "./cluster-ip-validation.ts";
import type { V1Service } from "./service.gen.ts";

/**
 * Gives a service its addresses and ports before it is validated, and takes them back. What can be decided without
 * asking anyone is in the functions below; the API server adds the allocation itself.
 * Upstream: pkg/registry/core/service/storage/{storage,alloc}.go
 */
export type ServiceHooks = Required<StorageHooks<V1Service>>;

export const isExternallyAccessible = ({ spec }: V1Service | Draft<V1Service>): boolean =>
  spec.type === "LoadBalancer" ||
  spec.type === "NodePort" ||
  (spec.type === "ClusterIP" && (spec.externalIPs ?? []).length > 0);

export const needsClusterIp = ({ spec }: V1Service | Draft<V1Service>): boolean => spec.type !== "ExternalName";

export const needsNodePort = ({ spec }: V1Service | Draft<V1Service>): boolean =>
  spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);

export const needsHealthCheckNodePort = ({ spec }: V1Service | Draft<V1Service>): boolean =>
  spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";

/** A writer that left out what was allocated before keeps it. Upstream: …/storage.go#patchAllocatedValues */
export function keepAllocated(service: Draft<V1Service>, old: V1Service): void {
  if (needsClusterIp(old) && needsClusterIp(service)) {
    service.spec.clusterIP ||= old.spec.clusterIP;
    if (!service.spec.clusterIPs?.length) service.spec.clusterIPs = adopt(old.spec.clusterIPs);
  }
  if (needsNodePort(old) && needsNodePort(service)) keepNodePorts(service, old);
  if (needsHealthCheckNodePort(old) && needsHealthCheckNodePort(service)) {
    service.spec.healthCheckNodePort ||= old.spec.healthCheckNodePort;
  }
}

/** By the name of the port, unless another port took the number over. */
function keepNodePorts({ spec }: Draft<V1Service>, old: V1Service): void {
  const before = new Map((old.spec.ports ?? []).map((port) => [port.name ?? "", port.nodePort]));
  const taken = new Set((spec.ports ?? []).map((port) => port.nodePort));
  for (const port of spec.ports ?? []) {
    const nodePort = before.get(port.name ?? "");
    if (!port.nodePort && nodePort && !taken.has(nodePort)) port.nodePort = nodePort;
  }
}

/** Keeps `clusterIP` and `clusterIPs` in step for writers that know only one. Upstream: …/storage.go#normalizeClusterIPs */
export function normalizeClusterIps({ spec }: Draft<V1Service>, old?: V1Service): void {
  const ips = spec.clusterIPs ?? [];
  const clusterIP = spec.clusterIP ?? "";
  if (!old) {
    if (clusterIP !== "" && ips.length === 0) spec.clusterIPs = [clusterIP];
    return;
  }
  const before = old.spec.clusterIP ?? "";
  if (before === clusterIP) {
    if (ips.length === 0 && old.spec.clusterIPs?.length) spec.clusterIPs = adopt(old.spec.clusterIPs);
  } else if (semanticEqual(ips, old.spec.clusterIPs)) {
    if (before !== "" && clusterIP === "") delete spec.clusterIPs;
    else spec.clusterIPs = [clusterIP];
  }
}

/**
 * Decides the policy and families, given those that the cluster has (its default first); what is wrong comes back.
 * Upstream: …/alloc.go#initIPFamilyFields
 */
export function initIpFamilies(
  service: Draft<V1Service>,
  old: V1Service | undefined,
  configured: readonly IpFamily[],
): FieldError[] {
  const { spec } = service;
  if (spec.type === "ExternalName" || (old && isSettledDualStack(service, old))) return [];
  spec.ipFamilyPolicy ??= old?.spec.ipFamilyPolicy ?? (isSelectorless(service) ? "RequireDualStack" : "SingleStack");
  const wrong = validateClusterIps(service as V1Service, old);
  if (wrong.length > 0) return wrong;
  if (old && spec.ipFamilyPolicy === "SingleStack") releaseSecondary(service, old);
  const errors = [
    ...(old ? releaseErrors(service, old) : []),
    ...policyErrors(service),
    ...inferFamilies(service, configured),
  ];
  if (errors.length === 0 && !isSelectorless(service)) errors.push(...configuredErrors(service, configured));
  if (errors.length === 0) completeFamilies(service, configured);
  return errors;
}

/** Headless, and its endpoints are somebody else's affair. */
const isSelectorless = ({ spec }: Draft<V1Service>): boolean =>
  spec.clusterIP === CLUSTER_IP_NONE && Object.keys(spec.selector ?? {}).length === 0;

function completeFamilies(service: Draft<V1Service>, configured: readonly IpFamily[]): void {
  const { spec } = service;
  if (!spec.ipFamilies?.length) spec.ipFamilies = [configured[0]!];
  const mayBeDual = isSelectorless(service) || configured.length === 2;
  if (spec.ipFamilyPolicy === "SingleStack" || spec.ipFamilies.length !== 1 || !mayBeDual) return;
  const [first] = spec.ipFamilies;
  spec.ipFamilies = [first!, first === "IPv4" ? "IPv6" : "IPv4"];
}

/** What prefers two families is left as it is, whatever the cluster has got or lost since. */
function isSettledDualStack({ spec }: Draft<V1Service>, { spec: old }: V1Service): boolean {
  return (
    spec.type === old.type &&
    spec.ipFamilyPolicy === "PreferDualStack" &&
    (old.ipFamilyPolicy ?? "PreferDualStack") === "PreferDualStack" &&
    semanticEqual(spec.clusterIPs, old.clusterIPs) &&
    semanticEqual(spec.ipFamilies, old.ipFamilies)
  );
}

/** Who wants to give up a family has to say so. */
function releaseErrors({ spec }: Draft<V1Service>, { spec: old }: V1Service): FieldError[] {
  if (spec.ipFamilyPolicy === "SingleStack") return [];
  const field = path("spec", "ipFamilyPolicy");
  const isReduced = (now: readonly string[] = [], before: readonly string[] = []): boolean =>
    now.length > 0 && now.length < before.length;
  const refuse = (what: string): FieldError =>
    invalid(field, spec.ipFamilyPolicy, `must be 'SingleStack' to release the secondary ${what}`);
  return [
    ...(isReduced(spec.clusterIPs, old.clusterIPs) ? [refuse("cluster IP")] : []),
    ...(isReduced(spec.ipFamilies, old.ipFamilies) ? [refuse("IP family")] : []),
  ];
}

function releaseSecondary({ spec }: Draft<V1Service>, old: V1Service): void {
  if (spec.clusterIPs && semanticEqual(spec.clusterIPs, old.spec.clusterIPs))
    spec.clusterIPs = spec.clusterIPs.slice(0, 1);
  if (spec.ipFamilies && semanticEqual(spec.ipFamilies, old.spec.ipFamilies))
    spec.ipFamilies = spec.ipFamilies.slice(0, 1);
}

function policyErrors({ spec }: Draft<V1Service>): FieldError[] {
  if (spec.ipFamilyPolicy !== "SingleStack") return [];
  const field = path("spec", "ipFamilyPolicy");
  const text = (what: string): string =>
    `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
  return [
    ...(spec.clusterIPs?.length === 2 ? [invalid(field, spec.ipFamilyPolicy, text("cluster IPs"))] : []),
    ...(spec.ipFamilies?.length === 2 ? [invalid(field, spec.ipFamilyPolicy, text("IP families"))] : []),
  ];
}

function inferFamilies({ spec }: Draft<V1Service>, configured: readonly IpFamily[]): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, ip] of (spec.clusterIPs ?? []).entries()) {
    const family = ipFamilyOf(ip);
    if (!family || i < (spec.ipFamilies ?? []).length) continue;
    if (configured.includes(family)) spec.ipFamilies = [...(spec.ipFamilies ?? []), family];
    else
      errors.push(
        invalid(path("spec", "clusterIPs").index(i), spec.clusterIPs, `${family} is not configured on this cluster`),
      );
  }
  return errors;
}

function configuredErrors({ spec }: Draft<V1Service>, configured: readonly IpFamily[]): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.ipFamilyPolicy === "RequireDualStack" && configured.length < 2) {
    const text = "this cluster is not configured for dual-stack services";
    errors.push(invalid(path("spec", "ipFamilyPolicy"), spec.ipFamilyPolicy, text));
  }
  for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
    if ((configured as readonly string[]).includes(family)) continue;
    errors.push(invalid(path("spec", "ipFamilies").index(i), family, "not configured on this cluster"));
  }
  return errors;
}
