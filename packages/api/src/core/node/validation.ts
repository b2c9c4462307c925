import {
  duplicate,
  forbidden,
  internalError,
  invalid,
  isLabelValue,
  MAX_DNS_SUBDOMAIN,
  maxLengthText,
  notSupported,
  parseCidr,
  path,
  required,
  validateLabelName,
  validateLegacyCidr,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validateResourceQuantity } from "../pod/resource-names.ts";
import type { V1Node, V1NodeStatus, V1Taint } from "./node.gen.ts";

const TAINT_EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
const PODCIDR_CHANGED = 'node updates may not change podCIDR except from "" to valid';

/** Upstream: pkg/apis/core/validation/validation.go#ValidateNode */
export function validateNode({ spec, status }: V1Node): FieldError[] {
  return [
    ...validateTaints(spec.taints ?? [], path("metadata", "taints")),
    ...resourceErrors(status),
    ...swapErrors(status),
    ...declaredFeatureErrors(status.declaredFeatures ?? [], path("status", "declaredFeatures")),
    ...podCidrErrors(spec.podCIDRs ?? [], path("spec", "podCIDRs")),
  ];
}

export function validateNodeUpdate(node: V1Node, old: V1Node): FieldError[] {
  return [
    ...resourceErrors(node.status),
    ...declaredFeatureErrors(node.status.declaredFeatures ?? [], path("status", "declaredFeatures")),
    ...addressErrors(node.status),
    ...podCidrChangeErrors(node.spec.podCIDRs ?? [], old.spec.podCIDRs ?? []),
    ...providerErrors(node.spec.providerID ?? "", old.spec.providerID ?? ""),
    ...validateTaints(node.spec.taints ?? [], path("metadata", "taints")),
    ...((node.spec.externalID ?? "") === (old.spec.externalID ?? "")
      ? []
      : [forbidden(path("spec", "externalID"), "may not be updated")]),
  ];
}

/** Upstream reports taints of the spec below metadata. */
function validateTaints(taints: readonly V1Taint[], field: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, i) => {
    const at = field.index(i);
    const errors = [...validateLabelName(taint.key, at.child("key")), ...taintValueErrors(taint.value ?? "", at)];
    errors.push(...validateTaintEffect(taint.effect, at.child("effect")));
    const pair = `${taint.effect} ${taint.key}`;
    if (seen.has(pair)) {
      const text = {
        Key: taint.key,
        Value: taint.value ?? "",
        Effect: taint.effect,
        TimeAdded: taint.timeAdded ?? null,
      };
      errors.push({ ...duplicate(at, text), detail: "taints must be unique by key and effect pair" });
    }
    seen.add(pair);
    return errors;
  });
}

function taintValueErrors(value: string, field: FieldPath): FieldError[] {
  const errors = isLabelValue(value);
  return errors.length === 0 ? [] : [invalid(field.child("value"), value, errors.join(";"))];
}

/** Upstream: …/validation.go#validateTaintEffect */
export function validateTaintEffect(effect: string | undefined, field: FieldPath): FieldError[] {
  if (!effect) return [required(field)];
  return TAINT_EFFECTS.includes(effect) ? [] : [notSupported(field, effect, TAINT_EFFECTS)];
}

function resourceErrors({ capacity = {}, allocatable = {} }: V1NodeStatus): FieldError[] {
  return [
    ...Object.entries(capacity).flatMap(([name, value]) =>
      validateResourceQuantity(name, value, path("status", "capacity", name)),
    ),
    ...Object.entries(allocatable).flatMap(([name, value]) =>
      validateResourceQuantity(name, value, path("status", "allocatable", name)),
    ),
  ];
}

function swapErrors({ nodeInfo }: V1NodeStatus): FieldError[] {
  const capacity = nodeInfo?.swap?.capacity;
  if (capacity === undefined || capacity > 0) return [];
  return [invalid(path("metadata", "nodeSwapStatus", "capacity"), capacity, "must be greater than zero")];
}

function declaredFeatureErrors(features: readonly string[], field: FieldPath): FieldError[] {
  return features.flatMap((feature, i) => {
    const previous = features[i - 1];
    const errors = featureNameErrors(feature, field.index(i));
    if (previous === undefined || previous < feature) return errors;
    if (previous === feature) return [duplicate(field.index(i), feature), ...errors];
    return [invalid(field.index(i), feature, "list must be sorted alphabetically"), ...errors];
  });
}

function featureNameErrors(feature: string, field: FieldPath): FieldError[] {
  const problem = featureNameProblem(feature);
  return problem === undefined ? [] : [invalid(field, feature, problem)];
}

const FEATURE_NAME = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;

function featureNameProblem(feature: string): string | undefined {
  const prefix = `invalid feature name ${JSON.stringify(feature)}: `;
  if (feature.length > MAX_DNS_SUBDOMAIN) return prefix + maxLengthText(MAX_DNS_SUBDOMAIN);
  if (FEATURE_NAME.test(feature)) return undefined;
  return `${prefix}must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes`;
}

function podCidrErrors(cidrs: readonly string[], field: FieldPath): FieldError[] {
  const errors = cidrs.flatMap((cidr, i) => validateLegacyCidr(cidr, field.index(i)));
  if (cidrs.length < 2) return errors;
  const parsed = cidrs.map((cidr) => parseCidr(cidr)?.address.family);
  const wrong = parsed.indexOf(undefined);
  if (wrong >= 0) {
    const cause = `invalid CIDR[${wrong}]: <nil> (invalid CIDR address: ${cidrs[wrong]})`;
    errors.push(internalError(field, `invalid PodCIDRs. failed to check with dual stack with error:${cause}`));
  }
  if (wrong < 0 && new Set(parsed).size === 2 && cidrs.length === 2) return errors;
  return [...errors, invalid(field, cidrs, "may specify no more than one CIDR for each IP family")];
}

function podCidrChangeErrors(cidrs: readonly string[], old: readonly string[]): FieldError[] {
  if (old.length === 0) return [];
  const field = path("spec", "podCIDRs");
  if (old.length !== cidrs.length) return [forbidden(field, PODCIDR_CHANGED)];
  return old.filter((cidr, i) => cidr !== cidrs[i]).map(() => forbidden(field, PODCIDR_CHANGED));
}

function providerErrors(id: string, old: string): FieldError[] {
  if (old === "" || old === id) return [];
  const text = id === "" ? "field cannot be cleared once set" : "field cannot be modified once set";
  return [invalid(path("spec", "providerID"), null, text)];
}

function addressErrors({ addresses = [] }: V1NodeStatus): FieldError[] {
  const seen = new Set<string>();
  return addresses.flatMap(({ type, address }, i) => {
    const key = `${type} ${address}`;
    const errors = seen.has(key)
      ? [duplicate(path("status", "addresses").index(i), { Type: type, Address: address })]
      : [];
    seen.add(key);
    return errors;
  });
}
