import {
  invalid,
  isDns1123Label,
  labelSelectorHasInvalidValue,
  path,
  required,
  validateLabelSelector,
  type FieldError,
} from "@dingi/apimachinery";
import { selectorOf } from "../../../apps/replicaset/selector.ts";
import { generatedSelectorErrors } from "../generated-selector.ts";
import type { V1Job, V1JobSpec } from "../job.gen.ts";
import { validateJobTemplate } from "./spec.ts";

const SPEC = path("spec");

/** Upstream: pkg/apis/batch/validation/validation.go#ValidateJobCreate */
export function validateJob(job: V1Job): FieldError[] {
  return [...generatedSelectorErrors(job), ...validateJobSpec(job.spec), ...hostnameErrors(job)];
}

/** Upstream: …#ValidateJobSpec */
export function validateJobSpec(spec: V1JobSpec, old?: V1JobSpec): FieldError[] {
  const field = SPEC.child("selector");
  const options = { allowInvalidValues: labelSelectorHasInvalidValue(old?.selector) };
  const labels = spec.template.metadata?.labels;
  const errors = [
    ...validateJobTemplate(spec, SPEC),
    ...(spec.selector ? validateLabelSelector(spec.selector, field, options) : [required(field)]),
  ];
  if (selectorOf(spec.selector)?.matches(labels ?? {}) !== false) return errors;
  const at = SPEC.child("template", "metadata", "labels");
  return [...errors, invalid(at, labels ?? null, "`selector` does not match template `labels`")];
}

/** Pods of an indexed Job are called after it, and their hosts after them. Upstream: …#validateNameAllowsCompletions */
export function hostnameErrors({ metadata, spec }: V1Job): FieldError[] {
  const { name = "" } = metadata;
  if (spec.completionMode !== "Indexed" || !spec.completions || spec.completions < 0) return [];
  const hostname = `${name}-${spec.completions - 1}`;
  if (isDns1123Label(hostname).length === 0) return [];
  const text = `will not able to create pod with invalid DNS label: ${hostname}`;
  return [invalid(path("metadata", "name"), name, text)];
}
