import {
  duplicate,
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type {
  V1Container,
  V1Pod,
  V1PodExtendedResourceClaimStatus,
  V1PodResourceClaimStatus,
  V1PodSpec,
} from "../pod.gen.ts";

/** Upstream: pkg/apis/core/validation/validation.go#validatePodResourceClaimStatuses */
export function validateClaimStatuses(
  statuses: readonly V1PodResourceClaimStatus[],
  { spec }: V1Pod,
  field: FieldPath,
): FieldError[] {
  const claims = new Set((spec.resourceClaims ?? []).map(({ name }) => name));
  const seen = new Set<string>();
  return statuses.flatMap(({ name, resourceClaimName }, i) => {
    const at = field.index(i).child("name");
    const errors = claims.has(name)
      ? []
      : [invalid(at, name, "must match the name of an entry in `spec.resourceClaims`")];
    if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
    if (resourceClaimName === undefined) return errors;
    const texts = isDns1123Subdomain(resourceClaimName);
    return [
      ...errors,
      ...texts.map((text) => invalid(field.index(i).child("resourceClaimName"), resourceClaimName, text)),
    ];
  });
}

/** Upstream: …#validatePodExtendedResourceClaimStatus */
export function validateExtendedClaimStatus(
  status: V1PodExtendedResourceClaimStatus,
  spec: V1PodSpec,
  field: FieldPath,
): FieldError[] {
  const { resourceClaimName } = status;
  const requestMappings = status.requestMappings ?? [];
  const seen = new Set<string>();
  const containers = new Map(
    [...(spec.initContainers ?? []), ...(spec.containers ?? [])].map((container) => [container.name, container]),
  );
  const at = field.child("requestMappings");
  const claim = field.child("resourceClaimName");
  return [
    ...(requestMappings.length === 0 ? [required(at, "at least one request mapping is required")] : []),
    ...requestMappings.flatMap((mapping, i) => [
      ...mappingErrors(mapping, containers, at.index(i)),
      ...isDns1123Label(mapping.requestName).map((text) =>
        invalid(field.child("requestName"), mapping.requestName, text),
      ),
      ...repeatErrors(mapping, seen, at.index(i)),
    ]),
    ...(resourceClaimName
      ? isDns1123Subdomain(resourceClaimName).map((text) => invalid(claim, resourceClaimName, text))
      : [required(claim)]),
  ];
}

interface Mapping {
  readonly containerName: string;
  readonly resourceName: string;
  readonly requestName: string;
}

function mappingErrors(
  { containerName, resourceName }: Mapping,
  containers: ReadonlyMap<string, V1Container>,
  field: FieldPath,
): FieldError[] {
  const container = containers.get(containerName);
  if (!container) {
    const text = "must match the name of an entry in spec.initContainers.name or spec.containers.name";
    return [invalid(field.child("containerName"), containerName, text)];
  }
  if (Object.hasOwn(container.resources?.requests ?? {}, resourceName)) return [];
  const text =
    "must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests";
  return [invalid(field.child("resourceName"), resourceName, text)];
}

function repeatErrors(mapping: Mapping, seen: Set<string>, field: FieldPath): FieldError[] {
  const names = ["containerName", "resourceName", "requestName"] as const;
  const key = JSON.stringify(names.map((name) => mapping[name]));
  if (seen.has(key)) return names.map((name) => duplicate(field.child(name), mapping[name]));
  seen.add(key);
  return [];
}
