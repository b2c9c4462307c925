import {
  byteLength,
  duplicate,
  forbidden,
  invalid,
  isInRange,
  isValidGroupId,
  notSupported,
  quantitySign,
  required,
  tooLong,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type {
  V1Container,
  V1ContainerStatus,
  V1LinuxContainerUser,
  V1Pod,
  V1PodExtendedResourceClaimStatus,
  V1ResourceStatus,
} from "../pod.gen.ts";

const LISTS = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] as const;
const HEALTHS = ["Healthy", "Unhealthy", "Unknown"];
const MAX_UID = 2 ** 32 - 1;
const MAX_HEALTH_MESSAGE = 1024;
const CLAIM_PREFIX = "claim:";

/** What a kubelet tells of its containers. Upstream: pkg/apis/core/validation/validation.go#ValidatePodStatusUpdate */
export function validateContainerStatuses(pod: V1Pod, field: FieldPath): FieldError[] {
  const { spec, status } = pod;
  const lists = LISTS.map((name) => ({ name, statuses: status[name] ?? [], at: field.child(name) }));
  const main = byName(spec.containers);
  const init = byName(spec.initContainers);
  return [
    ...lists.flatMap(({ statuses, at }) =>
      statuses.flatMap((one, i) => userErrors(one, pod, at.index(i).child("user"))),
    ),
    ...lists.flatMap(({ name, statuses, at }) => {
      const containers = name === "containerStatuses" ? main : init;
      return statuses.flatMap((one, i) =>
        allocationErrors(one, name, pod, containers, at.index(i).child("allocatedResourcesStatus")),
      );
    }),
  ];
}

const byName = (containers: readonly V1Container[] | undefined): ReadonlyMap<string, V1Container> =>
  new Map((containers ?? []).map((container) => [container.name, container]));

function userErrors({ user }: V1ContainerStatus, { spec }: V1Pod, field: FieldPath): FieldError[] {
  const os = spec.os?.name ?? "linux";
  const at = field.child("linux");
  if (!user?.linux) return [];
  if (os === "windows") return [forbidden(at, "cannot be set for a windows pod")];
  return os === "linux" ? linuxUserErrors(user.linux, at) : [];
}

function linuxUserErrors({ uid, gid, supplementalGroups = [] }: V1LinuxContainerUser, field: FieldPath): FieldError[] {
  return [
    ...isInRange(uid, 0, MAX_UID).map((text) => invalid(field.child("uid"), uid, text)),
    ...isValidGroupId(gid).map((text) => invalid(field.child("gid"), gid, text)),
    ...supplementalGroups.flatMap((id, i) =>
      isValidGroupId(id).map((text) => invalid(field.child("supplementalGroups").index(i), id, text)),
    ),
  ];
}

function allocationErrors(
  { name, allocatedResourcesStatus = [] }: V1ContainerStatus,
  list: (typeof LISTS)[number],
  { status }: V1Pod,
  containers: ReadonlyMap<string, V1Container>,
  field: FieldPath,
): FieldError[] {
  if (list === "ephemeralContainerStatuses") {
    return allocatedResourcesStatus.length > 0 ? [forbidden(field, "must not be specified in container status")] : [];
  }
  const container = containers.get(name);
  return allocatedResourcesStatus.flatMap((resource, i) => [
    ...(container ? resourceErrors(resource.name, container, status.extendedResourceClaimStatus, field.index(i)) : []),
    ...healthErrors(resource, field.index(i).child("resources")),
  ]);
}

function resourceErrors(
  name: string,
  container: V1Container,
  extended: V1PodExtendedResourceClaimStatus | undefined,
  field: FieldPath,
): FieldError[] {
  const { claims = [], requests = {} } = container.resources ?? {};
  if (!name.startsWith(CLAIM_PREFIX)) {
    if (Object.hasOwn(requests, name)) return [];
    return [invalid(field.child("name"), name, "must match one of the container's resource requests")];
  }
  const claim = name.slice(CLAIM_PREFIX.length);
  const own = claims.some((ref) => claim === (ref.request ? `${ref.name}/${ref.request}` : ref.name));
  if (own || isExtendedClaim(claim, container, extended)) return [];
  const text =
    "must match one of the container's resource claims as 'claim:<claimName>/<requestName>' when container.resources.claims[*].request is set or 'claim:<claimName>' when it is empty";
  return [invalid(field.child("name"), name, text)];
}

/** A claim that the scheduler made because the container asks for a resource by name. */
function isExtendedClaim(
  claim: string,
  { name, resources }: V1Container,
  extended: V1PodExtendedResourceClaimStatus | undefined,
): boolean {
  const [claimName, request] = claim.split("/", 2);
  if (!extended || !request || claimName !== extended.resourceClaimName) return false;
  return (extended.requestMappings ?? []).some(({ containerName, requestName, resourceName }) => {
    const requests = resources?.requests ?? {};
    const quantity = Object.hasOwn(requests, resourceName) ? requests[resourceName] : undefined;
    return containerName === name && requestName === request && quantity !== undefined && quantitySign(quantity) !== 0;
  });
}

function healthErrors({ resources = [] }: V1ResourceStatus, field: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return resources.flatMap(({ resourceID, health = "", message }, i) => {
    const at = field.index(i);
    const errors = HEALTHS.includes(health) ? [] : [notSupported(at.child("health"), health, HEALTHS)];
    if (message === "") errors.push(required(at.child("message"), "must be non-empty if specified"));
    if (byteLength(message ?? "") > MAX_HEALTH_MESSAGE) {
      errors.push(tooLong(at.child("message"), message, MAX_HEALTH_MESSAGE));
    }
    if (seen.has(resourceID)) errors.push(duplicate(at.child("resourceID"), resourceID));
    seen.add(resourceID);
    return errors;
  });
}
