import {
  goValue,
  invalid,
  notSupported,
  required,
  tooLong,
  byteLength,
  validateDomainPrefixedPath,
  validateNonnegative,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validatePodTemplate } from "../../../core/pod/template-validation.ts";
import { V1SuccessPolicy, type V1JobSpec } from "../job.gen.ts";
import { indexedErrors } from "./indexed.ts";
import { podFailurePolicyErrors } from "./pod-failure-policy.ts";
import { successPolicyErrors } from "./success-policy.ts";

const NUMBERS = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
] as const;
const REPLACEMENT_POLICIES = ["Failed", "TerminatingOrFailed"];
const MAX_MANAGED_BY = 63;

/** Of a Job as of the template of one. Upstream: pkg/apis/batch/validation/validation.go#validateJobSpec */
export function validateJobTemplate(spec: V1JobSpec, field: FieldPath): FieldError[] {
  return [
    ...NUMBERS.flatMap((name) => validateNonnegative(spec[name] ?? 0, field.child(name))),
    ...(spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined
      ? [required(field.child("backoffLimitPerIndex"), "when maxFailedIndexes is specified")]
      : []),
    ...(spec.managedBy === undefined ? [] : managedByErrors(spec.managedBy, field.child("managedBy"))),
    ...indexedErrors(spec, field),
    ...(spec.podFailurePolicy
      ? podFailurePolicyErrors(spec, spec.podFailurePolicy, field.child("podFailurePolicy"))
      : []),
    ...(spec.successPolicy ? successErrors(spec, spec.successPolicy, field.child("successPolicy")) : []),
    ...replacementErrors(spec, field.child("podReplacementPolicy")),
    ...validatePodTemplate(spec.template ?? {}, field.child("template")),
    ...restartErrors(spec, field.child("template", "spec", "restartPolicy")),
  ];
}

function managedByErrors(manager: string, field: FieldPath): FieldError[] {
  const errors = validateDomainPrefixedPath(manager, field);
  return byteLength(manager) > MAX_MANAGED_BY ? [...errors, tooLong(field, manager, MAX_MANAGED_BY)] : errors;
}

function successErrors(spec: V1JobSpec, policy: V1SuccessPolicy, field: FieldPath): FieldError[] {
  if (spec.completionMode === "Indexed") return successPolicyErrors(policy, spec.completions, field);
  return [invalid(field, goValue(V1SuccessPolicy, { ...policy }), "requires indexed completion mode")];
}

function replacementErrors({ podReplacementPolicy, podFailurePolicy }: V1JobSpec, field: FieldPath): FieldError[] {
  const supported = podFailurePolicy ? ["Failed"] : REPLACEMENT_POLICIES;
  if (podReplacementPolicy === undefined || supported.includes(podReplacementPolicy)) return [];
  return [notSupported(field, podReplacementPolicy, supported)];
}

/** Pods that are always started again never complete. */
function restartErrors({ template, podFailurePolicy }: V1JobSpec, field: FieldPath): FieldError[] {
  const { restartPolicy = "" } = template?.spec ?? {};
  if (restartPolicy === "" || restartPolicy === "Always")
    return [required(field, 'valid values: "OnFailure", "Never"')];
  if (restartPolicy === "Never") return [];
  if (restartPolicy !== "OnFailure") return [notSupported(field, restartPolicy, ["OnFailure", "Never"])];
  if (!podFailurePolicy) return [];
  return [invalid(field, restartPolicy, 'only "Never" is supported when podFailurePolicy is specified')];
}
