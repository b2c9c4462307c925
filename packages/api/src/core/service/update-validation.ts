import {
  forbidden,
  invalid,
  isDns1123Subdomain,
  notSupported,
  parseIp,
  path,
  required,
  validateLegacyIp,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { needsHealthCheckNodePort } from "./allocation.ts";
import { isHeadless } from "./cluster-ip.ts";
import type { V1LoadBalancerIngress, V1Service } from "./service.gen.ts";
import { validateService } from "./validation.ts";

const FIXED = "may not change once set";
const IP_MODES = ["Proxy", "VIP"];

/** Upstream: pkg/apis/core/validation/validation.go#ValidateServiceUpdate */
export function validateServiceUpdate(service: V1Service, old: V1Service): FieldError[] {
  return [
    ...clusterIpChangeErrors(service, old),
    ...familyChangeErrors(service, old),
    ...classChangeErrors(service, old),
    ...healthCheckChangeErrors(service, old),
    ...validateService(service, old),
  ];
}

const isExternalName = ({ spec }: V1Service): boolean => spec.type === "ExternalName";

/** Upstream: …#validateUpgradeDowngradeClusterIPs */
function clusterIpChangeErrors(service: V1Service, old: V1Service): FieldError[] {
  if (isExternalName(service) || isExternalName(old) || (isHeadless(service) && isHeadless(old))) return [];
  const field = path("spec", "clusterIPs");
  const [ips, before] = [service.spec.clusterIPs ?? [], old.spec.clusterIPs ?? []];
  if (ips.length === before.length)
    return before.flatMap((ip, i) => (ip === ips[i] ? [] : [invalid(field.index(i), ips, FIXED)]));
  const errors: FieldError[] = [];
  if (before.length > 0 && ips.length === 0)
    errors.push(invalid(field.index(0), null, "primary clusterIP can not be unset"));
  if (before.length > 0 && ips.length > 0 && ips[0] !== before[0]) errors.push(invalid(field.index(0), ips, FIXED));
  return [...errors, ...releaseErrors(service, ips.length === 1 && before.length > 1, "secondary clusterIP")];
}

function releaseErrors({ spec }: V1Service, released: boolean, what: string): FieldError[] {
  if (!released || spec.ipFamilyPolicy === "SingleStack") return [];
  const text = `must be set to 'SingleStack' when releasing the ${what}`;
  return [invalid(path("spec", "ipFamilyPolicy"), spec.ipFamilyPolicy ?? null, text)];
}

/** Upstream: …#validateUpgradeDowngradeIPFamilies */
function familyChangeErrors(service: V1Service, old: V1Service): FieldError[] {
  if (isExternalName(service) || isExternalName(old) || isHeadless(service) || isHeadless(old)) return [];
  const field = path("spec", "ipFamilies").index(0);
  const [families, before] = [service.spec.ipFamilies ?? [], old.spec.ipFamilies ?? []];
  if (families.length === before.length) {
    return before.flatMap((family, i) => (family === families[i] ? [] : [invalid(field, families, FIXED)]));
  }
  const errors: FieldError[] = [];
  if (before.length > families.length && !service.spec.clusterIPs?.length) {
    errors.push(invalid(field, families, "primary ipFamily can not be unset"));
  }
  if (before.length > 0 && families.length > 0 && families[0] !== before[0]) {
    errors.push(invalid(field, service.spec.clusterIPs ?? null, FIXED));
  }
  return [...errors, ...releaseErrors(service, families.length === 1 && before.length > 1, "secondary ipFamily")];
}

/** Upstream: …#validateLoadBalancerClassField; the rules of the new value follow with all others. */
function classChangeErrors({ spec }: V1Service, old: V1Service): FieldError[] {
  if (
    spec.type !== "LoadBalancer" ||
    old.spec.type !== "LoadBalancer" ||
    spec.loadBalancerClass === old.spec.loadBalancerClass
  )
    return [];
  return [invalid(path("spec", "loadBalancerClass"), spec.loadBalancerClass ?? null, FIXED)];
}

function healthCheckChangeErrors(service: V1Service, old: V1Service): FieldError[] {
  if (!needsHealthCheckNodePort(service) || !needsHealthCheckNodePort(old)) return [];
  if (service.spec.healthCheckNodePort === old.spec.healthCheckNodePort) return [];
  return [forbidden(path("spec", "healthCheckNodePort"), "field is immutable")];
}

/** Upstream: …#ValidateLoadBalancerStatus */
export function validateLoadBalancerStatus({ spec, status }: V1Service, old: V1Service): FieldError[] {
  const field = path("status", "loadBalancer", "ingress");
  const ingress = status.loadBalancer?.ingress ?? [];
  if (spec.type !== "LoadBalancer" && ingress.length > 0) {
    return [forbidden(field, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  const before = (old.status.loadBalancer?.ingress ?? []).map(({ ip }) => ip ?? "").filter(Boolean);
  return ingress.flatMap((entry, i) => ingressErrors(entry, before, field.index(i)));
}

function ingressErrors(
  { ip, ipMode, hostname }: V1LoadBalancerIngress,
  before: readonly string[],
  field: FieldPath,
): FieldError[] {
  const errors = ip ? validateLegacyIp(ip, field.child("ip"), before) : [];
  const mode = field.child("ipMode");
  if (ipMode === undefined) {
    if (ip) errors.push(required(mode, "must be specified when `ip` is set"));
  } else if (!ip) errors.push(forbidden(mode, "may not be specified when `ip` is not set"));
  else if (!IP_MODES.includes(ipMode)) errors.push(notSupported(mode, ipMode, IP_MODES));
  if (!hostname) return errors;
  const at = field.child("hostname");
  errors.push(...isDns1123Subdomain(hostname).map((text) => invalid(at, hostname, text)));
  return parseIp(hostname) ? [...errors, invalid(at, hostname, "must be a DNS name, not an IP address")] : errors;
}
