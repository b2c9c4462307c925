import {
  forbidden,
  NO_FIELD,
  goValue,
  invalid,
  path,
  rangeText,
  required,
  semanticEqual,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { V1NodeSelectorTerm, type V1NodeAffinity } from "../node/node.gen.ts";
import type { V1Affinity, V1Container, V1Pod, V1PodSchedulingGate, V1PodSpec, V1Toleration } from "./pod.gen.ts";
import { describeSpecChange } from "./spec-change.ts";
import { isMirrorPod } from "./mirror.ts";
import { validatePodAnnotationUpdates } from "./validation/annotations.ts";
import { validateTolerations } from "./validation/scheduling.ts";
import { validateAnnotationsAndSpec } from "./validation.ts";

const SPEC = path("spec");
const MAX_DEADLINE = 2 ** 31 - 1;
const UPDATABLE = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
];

/** Upstream: pkg/apis/core/validation/validation.go#ValidatePodUpdate */
export function validatePodUpdate(pod: V1Pod, old: V1Pod): FieldError[] {
  const { spec } = pod;
  const errors = [...validateAnnotationsAndSpec(pod), ...annotationErrors(pod, old)];
  for (const list of ["containers", "initContainers"] as const) {
    const field = SPEC.child(list);
    const [now, before] = [spec[list] ?? [], old.spec[list] ?? []];
    if (now.length !== before.length)
      return [...errors, forbidden(field, "pod updates may not add or remove containers")];
    errors.push(...imageErrors(now, field));
  }
  const deadline = deadlineErrors(spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds);
  errors.push(...deadline);
  if (deadline.length > 0 && spec.activeDeadlineSeconds !== undefined) return errors;
  errors.push(...addedTolerationErrors(spec.tolerations ?? [], old.spec.tolerations ?? []));
  errors.push(...gateErrors(spec.schedulingGates ?? [], old.spec.schedulingGates ?? []));
  return semanticEqual(spec, old.spec) ? errors : [...errors, ...specErrors(spec, old.spec)];
}

function annotationErrors({ metadata, spec }: V1Pod, old: V1Pod): FieldError[] {
  return validatePodAnnotationUpdates(
    metadata.annotations ?? {},
    old.metadata.annotations ?? {},
    spec,
    path("metadata", "annotations"),
  );
}

function imageErrors(containers: readonly V1Container[], field: FieldPath): FieldError[] {
  return containers.flatMap(({ image = "" }, i) => {
    const at = field.index(i).child("image");
    if (image === "") return [required(at)];
    return image.trim() === image ? [] : [invalid(at, image, "must not have leading or trailing whitespace")];
  });
}

function deadlineErrors(now: number | undefined, before: number | undefined): FieldError[] {
  const field = SPEC.child("activeDeadlineSeconds");
  if (now === undefined) {
    return before === undefined ? [] : [invalid(field, null, "must not update from a positive integer to nil value")];
  }
  if (now < 0 || now > MAX_DEADLINE) return [invalid(field, now, rangeText(0, MAX_DEADLINE))];
  return before !== undefined && before < now
    ? [invalid(field, now, "must be less than or equal to previous value")]
    : [];
}

function addedTolerationErrors(now: readonly V1Toleration[], before: readonly V1Toleration[]): FieldError[] {
  const field = SPEC.child("tolerations");
  const kept = new Set(now.map(tolerationKey));
  if (before.some((old) => !kept.has(tolerationKey(old)))) {
    return [forbidden(field, "existing toleration can not be modified except its tolerationSeconds")];
  }
  return validateTolerations(now, field);
}

/** All but its seconds. */
const tolerationKey = ({ key = "", operator = "", value = "", effect = "" }: V1Toleration): string =>
  JSON.stringify([key, operator, value, effect]);

function gateErrors(now: readonly V1PodSchedulingGate[], before: readonly V1PodSchedulingGate[]): FieldError[] {
  const old = new Set(before.map(({ name }) => name));
  return now.flatMap(({ name }, i) => {
    if (old.has(name)) return [];
    const field = SPEC.child("schedulingGates").index(i).child("name");
    return [forbidden(field, `only deletion is allowed, but found new scheduling gate '${name}'`)];
  });
}

/** Everything else stays, but for what a gated pod's author may still narrow down. */
function specErrors(spec: V1PodSpec, old: V1PodSpec): FieldError[] {
  const gated = (old.schedulingGates ?? []).length > 0;
  const errors = gated ? [...nodeSelectorErrors(spec, old), ...nodeAffinityErrors(spec, old)] : [];
  const rest = withoutUpdatable(spec, old, gated);
  if (semanticEqual(rest, old)) return errors;
  const text = `pod updates may not change fields other than ${UPDATABLE.join(",")}\n${describeSpecChange(rest, old)}`;
  return [...errors, forbidden(SPEC, text)];
}

function withoutUpdatable(spec: V1PodSpec, old: V1PodSpec, gated: boolean): V1PodSpec {
  const grace = (old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1;
  return {
    ...spec,
    containers: withImages(spec.containers, old.containers),
    initContainers: withImages(spec.initContainers ?? [], old.initContainers ?? []),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    schedulingGates: old.schedulingGates,
    tolerations: old.tolerations,
    ...(grace ? { terminationGracePeriodSeconds: old.terminationGracePeriodSeconds } : {}),
    ...(gated ? { nodeSelector: old.nodeSelector, affinity: withNodeAffinity(spec.affinity, old.affinity) } : {}),
  };
}

const withImages = (containers: readonly V1Container[], old: readonly V1Container[]): V1Container[] =>
  (containers ?? []).map((container, i) => ({ ...container, image: old[i]!.image }));

function withNodeAffinity(affinity: V1Affinity | undefined, old: V1Affinity | undefined): V1Affinity | undefined {
  if (semanticEqual(affinity?.nodeAffinity, old?.nodeAffinity)) return affinity;
  if (!old && !affinity?.podAffinity && !affinity?.podAntiAffinity) return undefined;
  return { ...affinity, nodeAffinity: old?.nodeAffinity };
}

const shownTerm = (term: V1NodeSelectorTerm) => goValue(V1NodeSelectorTerm, { ...term });

function nodeSelectorErrors({ nodeSelector = {} }: V1PodSpec, { nodeSelector: old = {} }: V1PodSpec): FieldError[] {
  if (Object.entries(old).every(([key, value]) => nodeSelector[key] === value)) return [];
  const text = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
  return [invalid(SPEC.child("nodeSelector"), nodeSelector, text)];
}

const termsOf = (affinity: V1NodeAffinity | undefined): readonly V1NodeSelectorTerm[] =>
  affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];

/** Upstream: …#validateNodeAffinityMutation */
function nodeAffinityErrors(spec: V1PodSpec, old: V1PodSpec): FieldError[] {
  const [now, before] = [spec.affinity?.nodeAffinity, old.affinity?.nodeAffinity];
  if (semanticEqual(now, before) || !before?.requiredDuringSchedulingIgnoredDuringExecution) return [];
  const [terms, oldTerms] = [termsOf(now), termsOf(before)];
  const field = SPEC.child(
    "affinity",
    "nodeAffinity",
    "requiredDuringSchedulingIgnoredDuringExecution",
    "nodeSelectorTerms",
  );
  if (oldTerms.length > 0 && oldTerms.length !== terms.length) {
    return [
      invalid(field, terms.map(shownTerm), "no additions/deletions to non-empty NodeSelectorTerms list are allowed"),
    ];
  }
  return oldTerms.flatMap((term, i) =>
    onlyAdds(terms[i]!, term)
      ? []
      : [invalid(field.index(i), shownTerm(terms[i]!), "only additions are allowed (no mutations or deletions)")],
  );
}

function onlyAdds(now: V1NodeSelectorTerm, before: V1NodeSelectorTerm): boolean {
  const lists = ["matchExpressions", "matchFields"] as const;
  const wasEmpty = lists.every((list) => !before[list]?.length);
  if (wasEmpty) return lists.every((list) => !now[list]?.length);
  return lists.every((list) =>
    semanticEqual((now[list] ?? []).slice(0, before[list]?.length ?? 0), before[list] ?? []),
  );
}

/** Upstream: …#ValidatePodEphemeralContainersUpdate */
export function validateEphemeralContainersUpdate(pod: V1Pod, old: V1Pod): FieldError[] {
  if (isMirrorPod(old)) {
    return [forbidden(NO_FIELD, "static pods do not support ephemeral containers")];
  }
  const field = SPEC.child("ephemeralContainers");
  const now = new Map((pod.spec.ephemeralContainers ?? []).map((container) => [container.name, container]));
  const errors = [...validateAnnotationsAndSpec(pod), ...annotationErrors(pod, old)];
  for (const before of old.spec.ephemeralContainers ?? []) {
    const container = now.get(before.name);
    const named = `existing ephemeral containers ${JSON.stringify(before.name)} may not be`;
    if (!container) errors.push(forbidden(field, `${named} removed\n`));
    else if (!semanticEqual(container, before)) {
      errors.push(forbidden(field, `${named} changed\n${describeSpecChange({ ...container }, { ...before })}`));
    }
  }
  return errors;
}
