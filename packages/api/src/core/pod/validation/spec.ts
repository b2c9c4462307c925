import {
  duplicate,
  forbidden,
  NO_FIELD,
  goValue,
  invalid,
  isDns1123Subdomain,
  isInRange,
  notFound,
  required,
  validateLabels,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validatePreemptionPolicy } from "../../../scheduling/priorityclass/validation.ts";
import { V1PodResourceClaim, type V1PodSpec, type V1Volume } from "../pod.gen.ts";
import { validateAffinity } from "./affinity.ts";
import { validateContainers, validateEphemeralContainers, validateInitContainers } from "./containers.ts";
import type { PodContext } from "./context.ts";
import { validateDnsConfig, validateHostAliases, validateHostnameOverride } from "./dns.ts";
import { validateEnum, validateLabel, validateQualifiedName, validateSubdomain } from "./names.ts";
import { validateHostNetworkPorts } from "./ports.ts";
import { validateContainerResources, validatePodResources } from "./resources.ts";
import { validateSchedulingGates, validateTolerations, validateTopologySpread } from "./scheduling.ts";
import { validatePodSecurityContext } from "./security-context.ts";
import { visitContainers } from "./visit.ts";
import { validateVolumes } from "./volumes.ts";
import { validateHostProcess } from "./windows-options.ts";
import { validateWindows } from "./windows.ts";

const RESTART_POLICIES = ["Always", "OnFailure", "Never"];
const DNS_POLICIES = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const OPERATING_SYSTEMS = ["linux", "windows"];
const MAX_DEADLINE = 2 ** 31 - 1;

interface PodSpecOptions {
  /** The pod's name; empty in a template. */
  readonly podName: string;
  /** A pod, not a template. */
  readonly isPod: boolean;
  /** It shows a pod that its node runs on its own. */
  readonly isMirror?: boolean;
}

/** Upstream: pkg/apis/core/validation/validation.go#ValidatePodSpec */
export function validatePodSpec(spec: V1PodSpec, options: PodSpecOptions, field: FieldPath): FieldError[] {
  const { podName, isPod, isMirror = false } = options;
  const volumes = validateVolumes(spec.volumes ?? [], podName, field.child("volumes"));
  const context = contextOf(spec, volumes.valid);
  return [
    ...(spec.terminationGracePeriodSeconds === undefined
      ? [required(field.child("terminationGracePeriodSeconds"))]
      : []),
    ...volumes.errors,
    ...resourceClaimErrors(spec.resourceClaims ?? [], isMirror, field.child("resourceClaims")),
    ...validateContainers(spec, context, field.child("containers")),
    ...validateInitContainers(spec, context, field.child("initContainers")),
    ...validateEphemeralContainers(spec, context, field.child("ephemeralContainers")),
    ...validatePodResources(spec, context.claimNames, field),
    ...(spec.hostNetwork ? validateHostNetworkPorts(spec.containers ?? [], field.child("containers"), isPod) : []),
    ...validateEnum(spec.restartPolicy, RESTART_POLICIES, field.child("restartPolicy")),
    ...validateEnum(spec.dnsPolicy, DNS_POLICIES, field.child("dnsPolicy")),
    ...placementErrors(spec, field),
    ...identityErrors(spec, field),
    ...policyErrors(spec, field),
    ...fileKeyVolumeErrors(spec, field),
  ];
}

function contextOf(spec: V1PodSpec, volumes: ReadonlyMap<string, V1Volume>): PodContext {
  return {
    volumes,
    claimNames: new Set((spec.resourceClaims ?? []).map(({ name }) => name).filter(Boolean)),
    graceSeconds: spec.terminationGracePeriodSeconds,
    restartPolicy: spec.restartPolicy ?? "",
    hostUsers: spec.hostUsers ?? true,
    os: spec.os?.name,
  };
}

function placementErrors(spec: V1PodSpec, field: FieldPath): FieldError[] {
  const { securityContext, affinity, shareProcessNamespace, hostPID } = spec;
  return [
    ...validateLabels(spec.nodeSelector, field.child("nodeSelector")),
    ...(securityContext ? validatePodSecurityContext(securityContext, spec, field.child("securityContext")) : []),
    ...(shareProcessNamespace && hostPID
      ? [
          invalid(
            field.child("shareProcessNamespace"),
            true,
            "ShareProcessNamespace and HostPID cannot both be enabled",
          ),
        ]
      : []),
    ...(affinity ? validateAffinity(affinity, field.child("affinity")) : []),
    ...validateDnsConfig(spec, field.child("dnsConfig")),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType }, i) =>
      validateQualifiedName(conditionType ?? "", field.child("readinessGates").index(i).child("conditionType")),
    ),
    ...validateSchedulingGates(spec.schedulingGates ?? [], field.child("schedulingGates")),
    ...validateTopologySpread(spec.topologySpreadConstraints ?? [], field.child("topologySpreadConstraints")),
    ...validateHostProcess(spec, field),
    ...hostUsersErrors(spec, field),
    ...validateHostnameOverride(spec, field.child("hostnameOverride")),
  ];
}

/** Upstream: …#validateHostUsers; it names the fields as Go does */
function hostUsersErrors(spec: V1PodSpec, field: FieldPath): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const text = "when `hostUsers` is false";
  return [
    ...(spec.hostNetwork ? [forbidden(field.child("hostNetwork"), text)] : []),
    ...(spec.hostPID ? [forbidden(field.child("HostPID"), text)] : []),
    ...(spec.hostIPC ? [forbidden(field.child("HostIPC"), text)] : []),
    ...visitContainers(spec, field).flatMap(({ container, field: at }) =>
      container.volumeDevices?.length ? [forbidden(at.child("volumeDevices"), text)] : [],
    ),
  ];
}

function identityErrors(spec: V1PodSpec, field: FieldPath): FieldError[] {
  const {
    serviceAccountName = "",
    serviceAccount = "",
    nodeName = "",
    activeDeadlineSeconds: deadline,
    hostname,
    subdomain,
  } = spec;
  const errors =
    serviceAccountName === "" ? [] : validateSubdomain(serviceAccountName, field.child("serviceAccountName"));
  if (serviceAccount !== serviceAccountName) {
    const text = `must be the same as serviceAccountName: ${JSON.stringify(serviceAccountName)}`;
    errors.push(invalid(field.child("deprecatedServiceAccount"), serviceAccount, text));
  }
  if (nodeName !== "") errors.push(...validateSubdomain(nodeName, field.child("nodeName")));
  if (deadline !== undefined) {
    errors.push(
      ...isInRange(deadline, 1, MAX_DEADLINE).map((text) =>
        invalid(field.child("activeDeadlineSeconds"), deadline, text),
      ),
    );
  }
  if (hostname) errors.push(...validateLabel(hostname, field.child("hostname")));
  if (subdomain) errors.push(...validateLabel(subdomain, field.child("subdomain")));
  return errors;
}

function policyErrors(spec: V1PodSpec, field: FieldPath): FieldError[] {
  const { priorityClassName, runtimeClassName, preemptionPolicy, overhead, os } = spec;
  return [
    ...validateTolerations(spec.tolerations ?? [], field.child("tolerations")),
    ...validateHostAliases(spec.hostAliases ?? [], field.child("hostAliases")),
    ...(priorityClassName ? validateSubdomain(priorityClassName, field.child("priorityClassName")) : []),
    ...(runtimeClassName === undefined ? [] : validateSubdomain(runtimeClassName, field.child("runtimeClassName"))),
    ...(preemptionPolicy === undefined
      ? []
      : validatePreemptionPolicy(preemptionPolicy, field.child("preemptionPolicy"))),
    ...(overhead ? validateContainerResources({ limits: overhead }, new Set(), field.child("overhead")) : []),
    ...(os ? osErrors(spec, os.name, field) : []),
  ];
}

function osErrors(spec: V1PodSpec, name: string, field: FieldPath): FieldError[] {
  if (!name) return [required(field.child("os", "name"))];
  if (!OPERATING_SYSTEMS.includes(name)) return validateEnum(name, OPERATING_SYSTEMS, field.child("os"));
  if (name === "windows") return validateWindows(spec, field);
  const text = "windows options cannot be set for a linux pod";
  const all = visitContainers(spec, field).map(({ container, field: at }) => ({
    context: container.securityContext,
    at,
  }));
  return [{ context: spec.securityContext, at: field }, ...all]
    .filter(({ context }) => context?.windowsOptions)
    .map(({ at }) => forbidden(at.child("securityContext", "windowsOptions"), text));
}

/** Upstream: …#validatePodResourceClaims */
function resourceClaimErrors(claims: readonly V1PodResourceClaim[], isMirror: boolean, field: FieldPath): FieldError[] {
  const seen = new Set<string>();
  if (isMirror) return claims.map(() => forbidden(NO_FIELD, "static pods do not support resource claims"));
  return claims.flatMap((claim, i) => {
    const { name, resourceClaimName: claimName, resourceClaimTemplateName: template } = claim;
    const at = field.index(i);
    const errors: FieldError[] = [];
    if (!name) errors.push(required(at.child("name")));
    else if (seen.has(name)) errors.push(duplicate(at.child("name"), name));
    else errors.push(...validateLabel(name, at.child("name")));
    seen.add(name);
    const shown = () => goValue(V1PodResourceClaim, { ...claim });
    if (claimName !== undefined && template !== undefined) {
      errors.push(
        invalid(at, shown(), "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"),
      );
    } else if (claimName === undefined && template === undefined) {
      errors.push(invalid(at, shown(), "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"));
    }
    if (claimName !== undefined) errors.push(...subdomainErrors(claimName, at.child("resourceClaimName")));
    if (template !== undefined) errors.push(...subdomainErrors(template, at.child("resourceClaimTemplateName")));
    return errors;
  });
}

const subdomainErrors = (name: string, field: FieldPath): FieldError[] =>
  isDns1123Subdomain(name).map((text) => invalid(field, name, text));

/** A file that variables are read from lies in an emptyDir. Upstream: …#validateFileKeyRefVolumes */
function fileKeyVolumeErrors(spec: V1PodSpec, field: FieldPath): FieldError[] {
  return visitContainers(spec, field).flatMap(({ container, field: at }) =>
    (container.env ?? []).flatMap(({ valueFrom }, i) => {
      const name = valueFrom?.fileKeyRef?.volumeName;
      if (name === undefined) return [];
      const here = at.child("env").index(i).child("valueFrom", "fileKeyRef", "volumeName");
      const volume = spec.volumes?.findLast((other) => other.name === name);
      if (!volume) return [notFound(here, name)];
      return volume.emptyDir ? [] : [invalid(here, name, "referenced volume must be of type emptyDir")];
    }),
  );
}
