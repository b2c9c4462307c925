import {
  FIELD_IMMUTABLE,
  forbidden,
  internalError,
  invalid,
  isDns1123Subdomain,
  parseIp,
  path,
  validateLegacyIp,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1Container, V1ContainerStatus, V1Pod, V1PodCondition, V1PodSpec, V1PodStatus } from "./pod.gen.ts";
import { restartsAfter } from "./restart-policy.ts";
import { validatePodAnnotationUpdates } from "./validation/annotations.ts";
import { validateClaimStatuses, validateExtendedClaimStatus } from "./validation/claim-statuses.ts";
import { validateContainerStatuses } from "./validation/container-statuses.ts";
import { validateQualifiedName } from "./validation/names.ts";

const STATUS = path("status");
const SYSTEM_CONDITIONS = ["PodScheduled", "Ready", "Initialized"];
const NON_NEGATIVE = "must be a non-negative integer";
const STAYS_ENDED = "may not be transitioned to non-terminated state";

/** Upstream: pkg/apis/core/validation/validation.go#ValidatePodStatusUpdate */
export function validatePodStatusUpdate(pod: V1Pod, old: V1Pod): FieldError[] {
  const { metadata, spec, status } = pod;
  const extended = status.extendedResourceClaimStatus;
  const generation = status.observedGeneration ?? 0;
  return [
    ...validatePodAnnotationUpdates(
      metadata.annotations ?? {},
      old.metadata.annotations ?? {},
      spec,
      path("metadata", "annotations"),
    ),
    ...conditionErrors(status.conditions ?? [], STATUS.child("conditions")),
    ...nominationErrors(pod, old),
    ...(generation < 0 ? [invalid(STATUS.child("observedGeneration"), generation, NON_NEGATIVE)] : []),
    ...((status.qosClass ?? "") === (old.status.qosClass ?? "")
      ? []
      : [invalid(STATUS.child("qosClass"), status.qosClass ?? "", FIELD_IMMUTABLE)]),
    ...stateErrors(status, old),
    ...validateClaimStatuses(status.resourceClaimStatuses ?? [], pod, STATUS.child("resourceClaimStatuses")),
    ...(extended ? validateExtendedClaimStatus(extended, spec, STATUS.child("extendedResourceClaimStatus")) : []),
    ...podIpErrors(status, old.status),
    ...hostIpErrors(status, old.status),
    ...validateContainerStatuses(pod, STATUS),
  ];
}

function conditionErrors(conditions: readonly V1PodCondition[], field: FieldPath): FieldError[] {
  return conditions.flatMap(({ type, observedGeneration = 0 }, i) => [
    ...(observedGeneration < 0
      ? [invalid(field.index(i).child("observedGeneration"), observedGeneration, NON_NEGATIVE)]
      : []),
    ...(SYSTEM_CONDITIONS.includes(type) ? [] : validateQualifiedName(type, field.index(i).child("Type"))),
  ]);
}

function nominationErrors({ status }: V1Pod, old: V1Pod): FieldError[] {
  const name = status.nominatedNodeName ?? "";
  const field = STATUS.child("nominatedNodeName");
  if (name === "" || name === (old.status.nominatedNodeName ?? "")) return [];
  const errors = isDns1123Subdomain(name).map((text) => invalid(field, name, text));
  if (!old.spec.nodeName) return errors;
  return [...errors, forbidden(field, "may not be set on pods that are already bound to a node")];
}

/** A container that has ended and will not be restarted stays ended. Upstream: …#ValidateContainerStateTransition */
function stateErrors(status: V1PodStatus, { spec, status: old }: V1Pod): FieldError[] {
  const anyRestartsAll = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].some(
    ({ restartPolicyRules = [] }) => restartPolicyRules.some(({ action }) => action === "RestartAllContainers"),
  );
  const main = transitions(status.containerStatuses, old.containerStatuses, spec, spec.containers);
  const init = transitions(status.initContainerStatuses, old.initContainerStatuses, spec, spec.initContainers ?? []);
  const ephemeral = transitions(status.ephemeralContainerStatuses, old.ephemeralContainerStatuses, spec, []);
  const at = (name: string) => (i: number) => forbidden(STATUS.child(name).index(i).child("state"), STAYS_ENDED);
  return [
    ...(anyRestartsAll ? [] : main.map(at("containerStatuses"))),
    ...(anyRestartsAll ? [] : init.map(at("initContainerStatuses"))),
    ...ephemeral.map(at("ephemeralContainerStatuses")),
  ];
}

type Statuses = readonly V1ContainerStatus[] | undefined;

/** The places in the old list of those that came back although they should not have. */
function transitions(now: Statuses, before: Statuses, spec: V1PodSpec, containers: readonly V1Container[]): number[] {
  const running = new Set((now ?? []).filter(({ state }) => !state?.terminated).map(({ name }) => name));
  const byName = new Map((containers ?? []).map((container) => [container.name, container]));
  return (before ?? []).flatMap(({ name, state }, i) => {
    if (!state?.terminated || !running.has(name)) return [];
    const container = byName.get(name);
    return container && restartsAfter({ spec }, container, state.terminated.exitCode) ? [] : [i];
  });
}

function podIpErrors({ podIP = "", podIPs = [] }: V1PodStatus, old: V1PodStatus): FieldError[] {
  const field = STATUS.child("podIPs");
  const errors = ipListErrors(podIPs, old.podIPs ?? [], field);
  if ((podIP !== "") !== podIPs.length > 0) {
    errors.push(invalid(field, goIps(podIPs), "podIP and podIPs must either both be set or both be unset"));
  } else if (podIPs.length > 0 && podIP !== podIPs[0]!.ip) {
    errors.push(invalid(field.index(0).child("ip"), podIPs[0]!.ip, "must be equal to `podIP`"));
  }
  return errors;
}

function hostIpErrors({ hostIP = "", hostIPs = [] }: V1PodStatus, old: V1PodStatus): FieldError[] {
  const field = STATUS.child("hostIPs");
  if (hostIPs.length === 0) return [];
  const first = hostIPs[0]!.ip;
  return [
    ...(hostIP === first ? [] : [invalid(field.index(0).child("ip"), first, "must be equal to `hostIP`")]),
    ...ipListErrors(hostIPs, old.hostIPs ?? [], field),
  ];
}

type Ips = readonly { readonly ip: string }[];

const goIps = (ips: Ips): unknown => (ips.length === 0 ? null : ips.map(({ ip }) => ({ IP: ip })));

function ipListErrors(ips: Ips, old: Ips, field: FieldPath): FieldError[] {
  const before = old.map(({ ip }) => ip);
  const errors = ips.flatMap(({ ip }, i) => validateLegacyIp(ip, field.index(i), before));
  if (ips.length < 2) return errors;
  const families = ips.map(({ ip }) => parseIp(ip)?.family);
  const wrong = families.indexOf(undefined);
  if (wrong >= 0) {
    const text = `failed to check for dual stack with error:invalid IP[${wrong}]: ${ips[wrong]!.ip}`;
    errors.push(internalError(field, text));
  } else if (new Set(families).size === 2 && ips.length === 2) return errors;
  return [...errors, invalid(field, goIps(ips), "may specify no more than one IP for each IP family")];
}
