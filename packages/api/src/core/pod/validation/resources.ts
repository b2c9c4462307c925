import {
  canonicalQuantity,
  compareQuantity,
  duplicate,
  forbidden,
  invalid,
  isQualifiedName,
  notFound,
  notSupported,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { CoreV1ResourceClaim, V1PodSpec, V1ResourceRequirements } from "../pod.gen.ts";
import {
  isExtendedResource,
  isHugePageMultiple,
  isHugePageResource,
  isNativeResource,
  isOvercommitAllowed,
  isPodLevelResource,
  isStandardContainerResource,
  isStandardResource,
  validateResourceQuantity,
} from "../resource-names.ts";
import { containerLimits, containerRequests, type ResourceList } from "../resources.ts";
import { validateLabel } from "./names.ts";

type NameCheck = (name: string, field: FieldPath) => FieldError[];

const POD_LEVEL = ["cpu", "hugepages-", "memory"];

/** Upstream: pkg/apis/core/validation/validation.go#validateResourceName */
export function validateResourceName(name: string, field: FieldPath): FieldError[] {
  const errors = isQualifiedName(name).map((text) => invalid(field, name, text));
  if (errors.length > 0 || name.includes("/") || isStandardResource(name)) return errors;
  return [invalid(field, name, "must be a standard resource type or fully qualified")];
}

/** Upstream: pkg/apis/core/validation/validation.go#ValidateContainerResourceName */
export function validateContainerResourceName(name: string, field: FieldPath): FieldError[] {
  const errors = validateResourceName(name, field);
  if (!name.includes("/")) {
    return isStandardContainerResource(name)
      ? errors
      : [...errors, invalid(field, name, "must be a standard resource for containers")];
  }
  if (isNativeResource(name) || isExtendedResource(name)) return errors;
  return [...errors, invalid(field, name, "doesn't follow extended resource name standard")];
}

function podResourceNameErrors(name: string, field: FieldPath): FieldError[] {
  const errors = validateResourceName(name, field);
  if (errors.length > 0 || isPodLevelResource(name)) return errors;
  return [notSupported(field, name, POD_LEVEL)];
}

export function validateContainerResources(
  resources: V1ResourceRequirements,
  claimNames: ReadonlySet<string>,
  field: FieldPath,
): FieldError[] {
  return requirementErrors(resources, validateContainerResourceName, claimNames, field);
}

/** Upstream: …#validateResourceRequirements */
function requirementErrors(
  { limits = {}, requests = {}, claims = [] }: V1ResourceRequirements,
  nameCheck: NameCheck,
  claimNames: ReadonlySet<string>,
  field: FieldPath,
): FieldError[] {
  const errors = [
    ...Object.entries(limits).flatMap(([name, quantity]) =>
      amountErrors(name, quantity, nameCheck, field.child("limits")),
    ),
    ...Object.entries(requests).flatMap(([name, quantity]) => requestErrors(name, quantity, limits, nameCheck, field)),
  ];
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePageResource) && !names.includes("cpu") && !names.includes("memory")) {
    errors.push(forbidden(field, "HugePages require cpu or memory"));
  }
  return [...errors, ...claimErrors(claims, claimNames, field.child("claims"))];
}

function amountErrors(name: string, quantity: string, nameCheck: NameCheck, field: FieldPath): FieldError[] {
  const at = field.key(name);
  return [
    ...nameCheck(name, at),
    ...validateResourceQuantity(name, quantity, at),
    ...hugePageErrors(name, quantity, at),
  ];
}

function hugePageErrors(name: string, quantity: string, field: FieldPath): FieldError[] {
  if (!isHugePageResource(name) || isHugePageMultiple(name, quantity)) return [];
  return [invalid(field, quantity, `${quantity} is not positive integer multiple of ${name}`)];
}

function requestErrors(
  name: string,
  quantity: string,
  limits: ResourceList,
  nameCheck: NameCheck,
  field: FieldPath,
): FieldError[] {
  const requests = field.child("requests");
  const at = requests.key(name);
  return [
    ...nameCheck(name, at),
    ...validateResourceQuantity(name, quantity, at),
    ...limitErrors(name, quantity, quantityOf(limits, name), field),
    ...hugePageErrors(name, quantity, at),
  ];
}

function limitErrors(name: string, quantity: string, limit: string | undefined, field: FieldPath): FieldError[] {
  const requests = field.child("requests");
  if (limit === undefined) {
    return isOvercommitAllowed(name)
      ? []
      : [required(field.child("limits"), "Limit must be set for non overcommitable resources")];
  }
  const order = compareQuantity(quantity, limit);
  if (order !== 0 && !isOvercommitAllowed(name))
    return [invalid(requests, quantity, `must be equal to ${name} limit of ${limit}`)];
  return order > 0 ? [invalid(requests, quantity, `must be less than or equal to ${name} limit of ${limit}`)] : [];
}

/** What is told of many errors is put into words once, and only where there is one. */
function oncePut(words: () => string): () => string {
  let text: string | undefined;
  return () => (text ??= words());
}

/** Upstream: …#validateResourceClaimNames */
function claimErrors(
  claims: readonly CoreV1ResourceClaim[],
  podClaims: ReadonlySet<string>,
  field: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  /** How many claims of a name were seen. */
  const counts = new Map<string, number>();
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  const which = oncePut(() => (podClaims.size === 0 ? " which is empty" : `: ${[...podClaims].sort().join(", ")}`));
  return claims.flatMap(({ name, request = "" }, i) => {
    const at = field.index(i);
    if (!name) return [required(at)];
    const key = request === "" ? name : `${name}/${request}`;
    const errors = !seen.has(name) && request !== "" ? validateLabel(request, at.child("request")) : [];
    if (seen.has(name)) errors.push(duplicate(at, name));
    else if (seen.has(key)) errors.push(duplicate(at, key));
    else if (request === "") errors.push(...Array.from({ length: counts.get(name) ?? 0 }, () => duplicate(at, name)));
    if (!seen.has(key)) count(key.split("/", 1)[0]!);
    seen.add(key);
    if (podClaims.has(name)) return errors;
    return [
      ...errors,
      { ...notFound(at, name), detail: `must be one of the names in pod.spec.resourceClaims${which()}` },
    ];
  });
}

/** A pod's own resources against those of its containers. Upstream: …#validatePodResources */
export function validatePodResources(spec: V1PodSpec, claimNames: ReadonlySet<string>, field: FieldPath): FieldError[] {
  const { resources } = spec;
  const at = field.child("resources");
  if (!resources) return [];
  if (spec.os?.name === "windows") return [forbidden(at, "may not be set for a windows pod")];
  return [
    ...(resources.claims ? [forbidden(at.child("claims"), "claims may not be set for Resources at pod-level")] : []),
    ...requirementErrors(resources, podResourceNameErrors, claimNames, at),
    ...consistencyErrors(spec, resources, at),
  ];
}

function consistencyErrors(
  spec: V1PodSpec,
  { requests = {}, limits = {} }: V1ResourceRequirements,
  field: FieldPath,
): FieldError[] {
  const pod = { spec: { ...spec, resources: undefined }, status: {}, metadata: {} };
  return [
    ...sumErrors(containerRequests(pod), requests, field.child("requests"), "requests"),
    ...sumErrors(onlyHugePages(containerLimits(pod)), limits, field.child("limits"), "limits"),
    ...(spec.containers ?? []).flatMap(({ resources }, i) =>
      containerLimitErrors(resources?.limits ?? {}, limits, field.child("containers").index(i)),
    ),
  ];
}

/** Clients choose the names, "constructor" among them. */
const quantityOf = (list: ResourceList, name: string): string | undefined =>
  Object.hasOwn(list, name) ? list[name] : undefined;

const onlyHugePages = (list: ResourceList): ResourceList =>
  Object.fromEntries(Object.entries(list).filter(([name]) => isHugePageResource(name)));

function sumErrors(sum: ResourceList, own: ResourceList, field: FieldPath, what: string): FieldError[] {
  return Object.entries(sum).flatMap(([name, total]) => {
    const quantity = quantityOf(own, name);
    if (quantity === undefined || compareQuantity(total, quantity) <= 0) return [];
    const text = `must be greater than or equal to aggregate container ${what} of ${canonicalQuantity(total)}`;
    return [invalid(field.key(name), quantity, text)];
  });
}

function containerLimitErrors(limits: ResourceList, own: ResourceList, field: FieldPath): FieldError[] {
  return Object.entries(limits).flatMap(([name, limit]) => {
    const max = quantityOf(own, name);
    if (max === undefined || compareQuantity(limit, max) <= 0) return [];
    return [invalid(field.key(name).child("limits"), limit, `must be less than or equal to pod limits of ${max}`)];
  });
}
