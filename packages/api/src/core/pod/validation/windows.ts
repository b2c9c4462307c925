import { forbidden, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V1PodSecurityContext, V1PodSpec, V1SecurityContext } from "../pod.gen.ts";
import { visitContainers } from "./visit.ts";

const POD_CONTEXT: readonly (keyof V1PodSecurityContext)[] = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "fsGroup",
  "fsGroupChangePolicy",
  "sysctls",
  "runAsUser",
  "runAsGroup",
  "supplementalGroups",
  "supplementalGroupsPolicy",
  "seLinuxChangePolicy",
];

const CONTAINER_CONTEXT: readonly (keyof V1SecurityContext)[] = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
];

/** What Windows has no notion of. Upstream: pkg/apis/core/validation/validation.go#validateWindows */
export function validateWindows(spec: V1PodSpec, field: FieldPath): FieldError[] {
  const namespaces: (keyof V1PodSpec)[] = [
    ...(spec.hostUsers === undefined ? [] : (["hostUsers"] as const)),
    ...(["hostPID", "hostIPC"] as const).filter((name) => spec[name]),
    ...(spec.shareProcessNamespace === undefined ? [] : (["shareProcessNamespace"] as const)),
  ];
  return [
    ...setOf(spec.securityContext, POD_CONTEXT, field.child("securityContext")),
    ...namespaces.map((name) => refuse(field.child(name))),
    ...visitContainers(spec, field).flatMap(({ container, field: at }) =>
      setOf(container.securityContext, CONTAINER_CONTEXT, at.child("securityContext")),
    ),
  ];
}

function setOf<C extends object>(
  context: C | undefined,
  names: readonly (keyof C & string)[],
  field: FieldPath,
): FieldError[] {
  return names.filter((name) => isSet(context?.[name])).map((name) => refuse(field.child(name)));
}

const isSet = (value: unknown): boolean => value !== undefined && !(Array.isArray(value) && value.length === 0);

const refuse = (field: FieldPath): FieldError => forbidden(field, "cannot be set for a windows pod");
