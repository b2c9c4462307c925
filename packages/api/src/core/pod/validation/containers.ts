import {
  duplicate,
  forbidden,
  invalid,
  notFound,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1Container, V1EphemeralContainer, V1PodSpec } from "../pod.gen.ts";
import { isSidecar } from "../resources.ts";
import type { PodContext } from "./context.ts";
import { validateEnv, validateEnvFrom } from "./env.ts";
import { validateVolumeDevices, validateVolumeMounts } from "./mounts.ts";
import { validateEnum, validateLabel } from "./names.ts";
import { validateContainerPorts, validateHostPortConflicts } from "./ports.ts";
import { validateHooksAndProbes } from "./probes.ts";
import { validateContainerResources } from "./resources.ts";
import { validateInitRestartRules, validateNoHooks, validateResizePolicy, validateRestartRules } from "./restart.ts";
import { validateSecurityContext } from "./security-context.ts";

const MESSAGE_POLICIES = ["File", "FallbackToLogsOnError"];
const PULL_POLICIES = ["Always", "IfNotPresent", "Never"];

/** Upstream: pkg/apis/core/validation/validation.go#validateContainers */
export function validateContainers({ containers }: V1PodSpec, context: PodContext, field: FieldPath): FieldError[] {
  if (!containers?.length) return [required(field)];
  const names = new Set<string>();
  return [
    ...containers.flatMap((container, i) => {
      const at = field.index(i);
      return [
        ...commonErrors(container, context, at),
        ...uniqueErrors(container.name, names, at),
        ...validateHooksAndProbes(container, context, at),
        ...validateRestartRules(container, at),
      ];
    }),
    ...validateHostPortConflicts(containers, field),
  ];
}

function uniqueErrors(name: string, names: Set<string>, field: FieldPath): FieldError[] {
  if (names.has(name)) return [duplicate(field.child("name"), name)];
  names.add(name);
  return [];
}

/** Upstream: …#validateInitContainers */
export function validateInitContainers(spec: V1PodSpec, context: PodContext, field: FieldPath): FieldError[] {
  const names = new Set((spec.containers ?? []).map(({ name }) => name));
  return (spec.initContainers ?? []).flatMap((container, i) => {
    const at = field.index(i);
    const sidecar = isSidecar(container);
    return [
      ...commonErrors(container, context, at),
      ...validateInitRestartRules(container, at),
      ...(container.name || names.has(container.name) ? uniqueErrors(container.name, names, at) : []),
      ...validateHostPortConflicts([container], field),
      ...(sidecar ? validateHooksAndProbes(container, context, at) : validateNoHooks(container, at)),
      ...(sidecar ? [] : resizeRestartErrors(container, at.child("resizePolicy"))),
    ];
  });
}

function resizeRestartErrors({ resizePolicy = [] }: V1Container, field: FieldPath): FieldError[] {
  const text = "must not be set to 'RestartContainer' for non-sidecar initContainers";
  return resizePolicy.flatMap(({ restartPolicy }, i) =>
    restartPolicy === "RestartContainer" ? [invalid(field.index(i).child("restartPolicy"), restartPolicy, text)] : [],
  );
}

/** Upstream: …#validateContainerCommon */
function commonErrors(container: V1Container, context: PodContext, field: FieldPath): FieldError[] {
  const { name, image, resources, securityContext } = container;
  return [
    ...(name ? validateLabel(name, field.child("name")) : [required(field.child("name"))]),
    ...(image ? [] : [required(field.child("image"))]),
    ...validateEnum(container.terminationMessagePolicy, MESSAGE_POLICIES, field.child("terminationMessagePolicy")),
    ...validateContainerPorts(container.ports ?? [], field.child("ports")),
    ...validateEnv(container.env ?? [], field.child("env")),
    ...validateEnvFrom(container.envFrom ?? [], field.child("envFrom")),
    ...validateVolumeMounts(container, context, field.child("volumeMounts")),
    ...validateVolumeDevices(container, context, field.child("volumeDevices")),
    ...validateEnum(container.imagePullPolicy, PULL_POLICIES, field.child("imagePullPolicy")),
    ...validateContainerResources(resources ?? {}, context.claimNames, field.child("resources")),
    ...validateResizePolicy(container.resizePolicy ?? [], context.restartPolicy, field.child("resizePolicy")),
    ...(securityContext
      ? validateSecurityContext(securityContext, context.hostUsers, field.child("securityContext"))
      : []),
  ];
}

/** Holds for a pod, not for a template, whose image may be filled in later. Upstream: …#validateContainersOnlyForPod */
export function validateImages(containers: readonly V1Container[], field: FieldPath): FieldError[] {
  return containers.flatMap(({ image = "" }, i) => imageErrors(image, field.index(i).child("image")));
}

const imageErrors = (image: string, field: FieldPath): FieldError[] =>
  image.trim() === image ? [] : [invalid(field, image, "must not have leading or trailing whitespace")];

/** Fields that an ephemeral container cannot have, by upstream's names of them. */
const NOT_EPHEMERAL = {
  ports: "Ports",
  resources: "Resources",
  resizePolicy: "ResizePolicy",
  restartPolicy: "RestartPolicy",
  restartPolicyRules: "RestartPolicyRules",
  livenessProbe: "LivenessProbe",
  readinessProbe: "ReadinessProbe",
  startupProbe: "StartupProbe",
  lifecycle: "Lifecycle",
} as const;

/** Upstream: …#validateEphemeralContainers */
export function validateEphemeralContainers(spec: V1PodSpec, context: PodContext, field: FieldPath): FieldError[] {
  const others = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name);
  const names = new Set(others);
  return (spec.ephemeralContainers ?? []).flatMap((container, i) => {
    const at = field.index(i);
    const target = container.targetContainerName;
    return [
      ...commonErrors(container, context, at),
      ...imageErrors(container.image ?? "", at.child("image")),
      ...uniqueErrors(container.name, names, at),
      ...(target && !others.includes(target) ? [notFound(at.child("targetContainerName"), target)] : []),
      ...ephemeralFieldErrors(container, at),
    ];
  });
}

function ephemeralFieldErrors(container: V1EphemeralContainer, field: FieldPath): FieldError[] {
  const text = "cannot be set for an Ephemeral Container";
  const isSet = (name: keyof V1EphemeralContainer): boolean =>
    container[name] !== undefined && (name !== "resources" || Object.keys(container.resources!).length > 0);
  const unfit = Object.entries(NOT_EPHEMERAL).filter(([name]) => isSet(name as keyof V1EphemeralContainer));
  return [
    ...unfit.map(([, name]) => forbidden(field.child(name.charAt(0).toLowerCase() + name.slice(1)), text)),
    ...(container.volumeMounts ?? []).flatMap(({ subPath, subPathExpr }, i) => {
      const at = field.child("volumeMounts").index(i);
      return [
        ...(subPath ? [forbidden(at.child("subPath"), text)] : []),
        ...(subPathExpr ? [forbidden(at.child("subPathExpr"), text)] : []),
      ];
    }),
  ];
}
