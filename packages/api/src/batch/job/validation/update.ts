import {
  FIELD_IMMUTABLE,
  goValue,
  invalid,
  path,
  semanticEqual,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { goPodSpec, goPodTemplate } from "../../../core/pod/go-shape.ts";
import type { V1Affinity, V1Container, V1PodSpec, V1PodTemplateSpec } from "../../../core/pod/pod.gen.ts";
import { hasCondition } from "../conditions.ts";
import { V1PodFailurePolicy, V1SuccessPolicy, type V1Job, type V1JobSpec } from "../job.gen.ts";
import { hostnameErrors, validateJobSpec } from "./job.ts";

const SPEC = path("spec");

/** Upstream: pkg/apis/batch/validation/validation.go#ValidateJobUpdate */
export function validateJobUpdate(job: V1Job, old: V1Job): FieldError[] {
  const { spec } = job;
  const fixed = (name: keyof V1JobSpec, shown: unknown): FieldError[] =>
    immutable(spec[name], old.spec[name], { field: SPEC.child(name), shown });
  const { podFailurePolicy, successPolicy } = spec;
  return [
    ...validateJobSpec(spec, old.spec),
    ...completionErrors(spec, old.spec),
    ...fixed("selector", spec.selector ?? null),
    ...templateErrors(job, old),
    ...fixed("completionMode", spec.completionMode ?? null),
    ...fixed("podFailurePolicy", podFailurePolicy ? goValue(V1PodFailurePolicy, { ...podFailurePolicy }) : null),
    ...fixed("backoffLimitPerIndex", spec.backoffLimitPerIndex ?? null),
    ...fixed("managedBy", spec.managedBy ?? null),
    ...fixed("successPolicy", successPolicy ? goValue(V1SuccessPolicy, { ...successPolicy }) : null),
    ...hostnameErrors(job),
  ];
}

function immutable(
  value: unknown,
  old: unknown,
  { field, shown }: { readonly field: FieldPath; readonly shown: unknown },
): FieldError[] {
  return semanticEqual(value, old) ? [] : [invalid(field, shown, FIELD_IMMUTABLE)];
}

function completionErrors(spec: V1JobSpec, old: V1JobSpec): FieldError[] {
  const field = SPEC.child("completions");
  const { completions } = spec;
  if (completions === old.completions) return [];
  if (spec.completionMode !== "Indexed") return [invalid(field, completions ?? null, FIELD_IMMUTABLE)];
  if (completions === undefined || completions === spec.parallelism) return [];
  return [invalid(field, completions, "can only be modified in tandem with spec.parallelism")];
}

/** A suspended Job without Pods. Upstream: pkg/registry/batch/job/strategy.go#shouldAllowMutablePodTemplate */
function isTemplateFree(old: V1Job): boolean {
  const { startTime, active = 0 } = old.status;
  return old.spec.suspend === true && (startTime === undefined || hasCondition(old, "Suspended")) && active === 0;
}

/** Of a template that is free, where Pods run and what they get may change. Upstream: …#validatePodTemplateUpdate */
function templateErrors({ spec: { template } }: V1Job, old: V1Job): FieldError[] {
  const field = SPEC.child("template");
  if (!isTemplateFree(old)) {
    return semanticEqual(template, old.spec.template) ? [] : [invalid(field, goPodTemplate(template), FIELD_IMMUTABLE)];
  }
  const spec = template.spec ?? { containers: [] };
  if (semanticEqual(spec, withFreeFields(old.spec.template, spec))) return [];
  return [invalid(field.child("spec"), goPodSpec(spec), FIELD_IMMUTABLE)];
}

/** The old template's spec with everything of the new one that may differ. */
function withFreeFields({ spec: old = { containers: [] } }: V1PodTemplateSpec, spec: V1PodSpec): V1PodSpec {
  const { nodeSelector, tolerations, schedulingGates } = spec;
  return {
    ...old,
    nodeSelector,
    tolerations,
    schedulingGates,
    affinity: withNodeAffinity(old.affinity, spec.affinity),
    containers: withResources(old.containers ?? [], spec.containers ?? []),
    initContainers: withResources(old.initContainers ?? [], spec.initContainers ?? []),
  };
}

function withNodeAffinity(old: V1Affinity | undefined, wanted: V1Affinity | undefined): V1Affinity | undefined {
  if (wanted) return { ...old, nodeAffinity: wanted.nodeAffinity };
  const { podAffinity, podAntiAffinity } = old ?? {};
  return podAffinity || podAntiAffinity ? { podAffinity, podAntiAffinity } : undefined;
}

function withResources(old: readonly V1Container[], wanted: readonly V1Container[]): readonly V1Container[] {
  if (old.length !== wanted.length) return old;
  return old.map((container, i) => {
    const { name, resources } = wanted[i]!;
    return name === container.name ? { ...container, resources } : container;
  });
}
