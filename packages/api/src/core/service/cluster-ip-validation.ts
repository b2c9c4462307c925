import {
  duplicate,
  invalid,
  notSupported,
  parseIp,
  path,
  required,
  validateLegacyIp,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validateEndpointIp } from "../endpoints/ip-validation.ts";
import { CLUSTER_IP_NONE, ipFamilyOf, isHeadless } from "./cluster-ip.ts";
import type { V1Service } from "./service.gen.ts";

const FAMILIES = ["IPv4", "IPv6"];
const POLICIES = ["PreferDualStack", "RequireDualStack", "SingleStack"];

/** Upstream: pkg/apis/core/validation/validation.go#ValidateServiceClusterIPsRelatedFields */
export function validateClusterIps(service: V1Service, old?: V1Service): FieldError[] {
  const { spec } = service;
  if (spec.type === "ExternalName") return [];
  const field = path("spec", "clusterIPs");
  const ips = spec.clusterIPs ?? [];
  const errors = [...primaryErrors(spec.clusterIP ?? "", ips, field), ...familyErrors(service)];
  const texts = addressErrors(ips, old?.spec.clusterIPs ?? [], field);
  errors.push(...texts);
  if (ips.length > 2) errors.push(invalid(field, ips, "may only hold up to 2 values"));
  if (texts.length > 0) return errors;
  if (ips.length > 1 && new Set(ips.map(ipFamilyOf)).size < 2) {
    errors.push(invalid(field, ips, "may specify no more than one IP for each IP family"));
  }
  return isHeadless(service) ? errors : [...errors, ...mismatchErrors(ips, spec.ipFamilies ?? [], field)];
}

function primaryErrors(clusterIP: string, ips: readonly string[], field: FieldPath): FieldError[] {
  if (clusterIP === "")
    return ips.length === 0 ? [] : [invalid(field, ips, "must be empty when `clusterIP` is not specified")];
  if (ips.length === 0) return [required(field)];
  return ips[0] === clusterIP ? [] : [invalid(field, ips, "first value must match `clusterIP`")];
}

function familyErrors({ spec }: V1Service): FieldError[] {
  const errors: FieldError[] = [];
  const field = path("spec", "ipFamilies");
  for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
    if (!FAMILIES.includes(family)) errors.push(notSupported(field.index(i), family, FAMILIES));
    if (spec.ipFamilies!.indexOf(family) < i) errors.push(duplicate(field.index(i), family));
  }
  const { ipFamilyPolicy } = spec;
  if (ipFamilyPolicy !== undefined && !POLICIES.includes(ipFamilyPolicy)) {
    errors.push(notSupported(path("spec", "ipFamilyPolicy"), ipFamilyPolicy, POLICIES));
  }
  return errors;
}

function addressErrors(ips: readonly string[], before: readonly string[], field: FieldPath): FieldError[] {
  return ips.flatMap((ip, i) => {
    if (i > 0 || ip !== CLUSTER_IP_NONE) return validateLegacyIp(ip, field.index(i), before);
    return ips.length > 1 ? [invalid(field, ips, "'None' must be the first and only value")] : [];
  });
}

function mismatchErrors(ips: readonly string[], families: readonly string[], field: FieldPath): FieldError[] {
  return ips.flatMap((ip, i) => {
    const family = families[i];
    if (family === undefined || !FAMILIES.includes(family) || parseIp(ip)?.family === family) return [];
    return [invalid(field.index(i), ip, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``)];
  });
}

export function validateExternalIps({ spec }: V1Service, old?: V1Service): FieldError[] {
  return (spec.externalIPs ?? []).flatMap((ip, i) => {
    const field = path("spec", "externalIPs").index(i);
    const errors = validateLegacyIp(ip, field, old?.spec.externalIPs);
    return errors.length > 0 ? errors : validateEndpointIp(ip, field);
  });
}
