import {
  forbidden,
  NO_FIELD,
  invalid,
  path,
  semanticEqual,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1Container, V1Pod, V1PodSpec, V1ResourceRequirements } from "./pod.gen.ts";
import { computePodQos, podQos } from "./qos.ts";
import { isSidecar, type ResourceList } from "./resources.ts";
import { isMirrorPod } from "./mirror.ts";
import { validateAnnotationsAndSpec } from "./validation.ts";

const SPEC = path("spec");
const ONLY_COMPUTE = "only cpu and memory resources are mutable";
const RESIZABLE = ["cpu", "memory"];

/** Upstream: pkg/apis/core/validation/validation.go#ValidatePodResize */
export function validatePodResize(pod: V1Pod, old: V1Pod): FieldError[] {
  if (isMirrorPod(old)) return [forbidden(NO_FIELD, "static pods cannot be resized")];
  if (old.spec.os?.name === "windows") return [forbidden(NO_FIELD, "windows pods cannot be resized")];
  const errors = [...validateAnnotationsAndSpec(pod), ...podErrors(pod, old)];
  const order = [
    ...orderErrors(pod.spec, old.spec, "containers"),
    ...orderErrors(pod.spec, old.spec, "initContainers"),
  ];
  if (order.length > 0) return [...errors, ...order];
  errors.push(...removalErrors(pod.spec, old.spec), ...containerErrors(pod.spec, old.spec));
  if (!semanticEqual(pod.spec.volumes, old.spec.volumes)) {
    const text =
      "volumes are immutable on resize when InPlacePodVerticalScalingMemoryBackedVolumes feature gate is disabled";
    errors.push(forbidden(SPEC.child("volumes"), text));
  }
  if (errors.length > 0 || semanticEqual(withOldCompute(pod.spec, old.spec), old.spec)) return errors;
  return [forbidden(SPEC, ONLY_COMPUTE)];
}

function podErrors(pod: V1Pod, old: V1Pod): FieldError[] {
  const errors: FieldError[] = [];
  if (podQos(old) !== computePodQos(pod)) {
    errors.push(invalid(SPEC, pod.status.qosClass ?? "", "Pod QOS Class may not change as a result of resizing"));
  }
  const running = (old.status.containerStatuses ?? []).find(({ state }) => state?.running);
  if (running && !running.resources) errors.push(forbidden(SPEC, "Pod running on node without support for resize"));
  return [...errors, ...podLevelErrors(pod.spec.resources, old.spec.resources)];
}

/** Upstream: …#validatePodLevelResourcesResize */
function podLevelErrors(
  now: V1ResourceRequirements | undefined,
  before: V1ResourceRequirements | undefined,
): FieldError[] {
  const field = SPEC.child("resources");
  if (!before) return [];
  if (!now) return [forbidden(field, "pod-level resources cannot be removed")];
  const errors: FieldError[] = [];
  for (const which of ["requests", "limits"] as const) {
    if (isRemoved(now[which], before[which]))
      errors.push(forbidden(field.child(which), `pod-level resource ${which} cannot be removed`));
  }
  if (semanticEqual(compute(now, before), before)) return errors;
  return [...errors, forbidden(SPEC, `${ONLY_COMPUTE} at pod-level`)];
}

function orderErrors(spec: V1PodSpec, old: V1PodSpec, list: "containers" | "initContainers"): FieldError[] {
  const field = SPEC.child(list);
  const [now, before] = [spec[list] ?? [], old[list] ?? []];
  if (now.length !== before.length) return [forbidden(field, `${list} may not be added or removed on resize`)];
  return before.flatMap(({ name }, i) =>
    now[i]!.name === name
      ? []
      : [forbidden(field.index(i).child("name"), `${list} may not be renamed or reordered on resize`)],
  );
}

function isRemoved(now: ResourceList = {}, before: ResourceList = {}): boolean {
  return Object.keys(before).some((name) => !Object.hasOwn(now, name));
}

function removalErrors(spec: V1PodSpec, old: V1PodSpec): FieldError[] {
  const of = (now: readonly V1Container[], before: readonly V1Container[], field: FieldPath): FieldError[] =>
    now.flatMap(({ resources }, i) =>
      (["requests", "limits"] as const)
        .filter((which) => isRemoved(resources?.[which], before[i]!.resources?.[which]))
        .map((which) => forbidden(field.index(i).child("resources", which), `resource ${which} cannot be removed`)),
    );
  return [
    ...of(spec.initContainers ?? [], old.initContainers ?? [], SPEC.child("initContainers")),
    ...of(spec.containers, old.containers, SPEC.child("containers")),
  ];
}

function containerErrors(spec: V1PodSpec, old: V1PodSpec): FieldError[] {
  const main = spec.containers.filter(
    (container, i) => !semanticEqual(withCompute(container, old.containers[i]!), old.containers[i]),
  );
  return [
    ...main.map(() => forbidden(SPEC, ONLY_COMPUTE)),
    ...(spec.initContainers ?? []).flatMap((container, i) =>
      initErrors(container, old.initContainers![i]!, SPEC.child("initContainers").index(i)),
    ),
  ];
}

function initErrors(container: V1Container, old: V1Container, field: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (!semanticEqual(withCompute(container, old), old)) {
    errors.push(forbidden(field, "only cpu and memory resources for init or sidecar containers are mutable"));
  }
  if (isSidecar(container) || semanticEqual(container, old)) return errors;
  const restarts = (container.resizePolicy ?? []).filter(({ restartPolicy }) => restartPolicy === "RestartContainer");
  const text = "non-sidecar init containers with a resize policy of RestartContainer cannot be resized";
  return [...errors, ...restarts.map(() => forbidden(field, text))];
}

/** What remains different is what may not change. */
function withOldCompute(spec: V1PodSpec, old: V1PodSpec): V1PodSpec {
  return {
    ...spec,
    containers: spec.containers.map((container, i) => withCompute(container, old.containers[i]!)),
    initContainers: (spec.initContainers ?? []).map((container, i) => withCompute(container, old.initContainers![i]!)),
    resources: spec.resources && compute(spec.resources, old.resources ?? {}),
  };
}

const withCompute = (container: V1Container, old: V1Container): V1Container => ({
  ...container,
  resources: compute(container.resources ?? {}, old.resources ?? {}),
});

function compute(now: V1ResourceRequirements, before: V1ResourceRequirements): V1ResourceRequirements {
  return { ...now, requests: oldCompute(now.requests, before.requests), limits: oldCompute(now.limits, before.limits) };
}

function oldCompute(now: ResourceList | undefined, before: ResourceList | undefined): ResourceList | undefined {
  if (!now && !before) return undefined;
  const others = Object.entries(now ?? {}).filter(([name]) => !RESIZABLE.includes(name));
  const compute = Object.entries(before ?? {}).filter(([name]) => RESIZABLE.includes(name));
  const list = Object.fromEntries([...others, ...compute]);
  return Object.keys(list).length === 0 ? undefined : list;
}
