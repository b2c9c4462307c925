import {
  FIELD_IMMUTABLE,
  findErrors,
  forbidden,
  goValue,
  invalid,
  notSupported,
  path,
  required,
  semanticEqual,
  validateLabelSelector,
  validateNonnegative,
  isDns1123Label,
  type FieldError,
  type V1LabelSelector,
} from "@dingi/apimachinery";
import {
  V1PersistentVolumeClaimSpec,
  V1PersistentVolumeClaimStatus,
  type V1PersistentVolumeClaim,
} from "../../core/persistentvolumeclaim/index.ts";
import type { V1PodTemplateSpec, V1Volume } from "../../core/pod/pod.gen.ts";
import { validatePodTemplate } from "../../core/pod/template-validation.ts";
import { validateClaimSpec } from "../../core/persistentvolumeclaim/spec-validation.ts";
import { selectorOf } from "../replicaset/selector.ts";
import type { V1StatefulSet, V1StatefulSetSpec } from "./statefulset.gen.ts";
import { updateStrategyErrors } from "./update-strategy-validation.ts";

const SPEC = path("spec");
const POD_MANAGEMENT = ["OrderedReady", "Parallel"];
const RETENTION = ["Retain", "Delete"];

/** Upstream: pkg/apis/apps/validation/validation.go#ValidateStatefulSetSpec */
export function validateStatefulSet({ spec }: V1StatefulSet): FieldError[] {
  const claims = SPEC.child("volumeClaimTemplates");
  const errors = policyErrors(spec);
  errors.push(
    ...(spec.volumeClaimTemplates ?? []).flatMap((claim, i) =>
      validateClaimSpec(claim.spec, claims.index(i).child("spec")),
    ),
    ...numberErrors(spec),
  );
  if (spec.serviceName) {
    const field = SPEC.child("serviceName");
    errors.push(...isDns1123Label(spec.serviceName).map((text) => invalid(field, spec.serviceName, text)));
  }
  errors.push(...selectorErrors(spec.selector), ...templateErrors(spec), ...restartErrors(spec.template));
  return errors;
}

/**
 * What can never change again is not looked at again, and a template is not, when the old object was not valid.
 * Upstream: …#ValidateStatefulSetUpdate
 */
export function validateStatefulSetUpdate({ spec }: V1StatefulSet, { spec: old }: V1StatefulSet): FieldError[] {
  const isOldInvalid = findErrors(() => changeableErrors(old, false)).length > 0;
  return [...changeableErrors(spec, isOldInvalid), ...immutabilityErrors(spec, old)];
}

const changeableErrors = (spec: V1StatefulSetSpec, skipTemplate: boolean): FieldError[] => [
  ...policyErrors(spec),
  ...numberErrors(spec),
  ...selectorErrors(spec.selector),
  ...templateErrors(spec, skipTemplate),
  ...restartErrors(spec.template),
];

function policyErrors(spec: V1StatefulSetSpec): FieldError[] {
  const { podManagementPolicy = "", persistentVolumeClaimRetentionPolicy: retention } = spec;
  const pods = SPEC.child("podManagementPolicy");
  const field = SPEC.child("persistentVolumeClaimRetentionPolicy");
  const unknown = POD_MANAGEMENT.includes(podManagementPolicy)
    ? []
    : [invalid(pods, podManagementPolicy, "must be 'OrderedReady' or 'Parallel'")];
  return [
    ...unknown,
    ...updateStrategyErrors(spec.updateStrategy ?? {}, SPEC.child("updateStrategy")),
    ...(["whenDeleted", "whenScaled"] as const).flatMap((when) => {
      const policy = retention?.[when] ?? "";
      return retention && !RETENTION.includes(policy) ? [notSupported(field.child(when), policy, RETENTION)] : [];
    }),
  ];
}

const numberErrors = ({ replicas = 0, minReadySeconds = 0, ordinals }: V1StatefulSetSpec): FieldError[] => [
  ...validateNonnegative(replicas, SPEC.child("replicas")),
  ...validateNonnegative(minReadySeconds, SPEC.child("minReadySeconds")),
  ...validateNonnegative(ordinals?.start ?? 0, SPEC.child("ordinals.start")),
];

function selectorErrors(selector: V1LabelSelector | undefined): FieldError[] {
  const field = SPEC.child("selector");
  if (!selector) return [required(field)];
  const errors = validateLabelSelector(selector, field);
  const isEmpty = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;
  return isEmpty ? [...errors, invalid(field, selector, "empty selector is invalid for statefulset")] : errors;
}

function templateErrors(spec: V1StatefulSetSpec, skipTemplate = false): FieldError[] {
  const field = SPEC.child("template");
  const selector = selectorOf(spec.selector);
  if (!selector) return [invalid(SPEC.child("selector"), spec.selector ?? null, "")];
  const labels = spec.template.metadata?.labels;
  const mismatch = invalid(
    field.child("metadata", "labels"),
    labels ?? null,
    "`selector` does not match template `labels`",
  );
  return [
    ...(selector.matches(labels ?? {}) ? [] : [mismatch]),
    ...(skipTemplate ? [] : validatePodTemplate(podTemplateOf(spec), field)),
  ];
}

/** The template as the controller uses it: with the claims' volumes, and names of its own. */
function podTemplateOf({ template, volumeClaimTemplates = [] }: V1StatefulSetSpec): V1PodTemplateSpec {
  if (!template.spec) return template;
  const { subdomain: _subdomain, hostname: _hostname, volumes = [], ...rest } = template.spec;
  const claims = new Map<string, V1Volume>();
  for (const { metadata } of volumeClaimTemplates) {
    const { name = "" } = metadata;
    claims.set(name, { name, persistentVolumeClaim: { claimName: name } });
  }
  const others = volumes.filter(({ name }) => !claims.has(name));
  return { ...template, spec: { ...rest, volumes: [...claims.values(), ...others] } };
}

function restartErrors({ spec }: V1PodTemplateSpec): FieldError[] {
  const field = SPEC.child("template", "spec");
  const { restartPolicy = "", activeDeadlineSeconds } = spec ?? {};
  return [
    ...(restartPolicy === "Always" ? [] : [notSupported(field.child("restartPolicy"), restartPolicy, ["Always"])]),
    ...(activeDeadlineSeconds === undefined
      ? []
      : [forbidden(field.child("activeDeadlineSeconds"), "activeDeadlineSeconds in StatefulSet is not Supported")]),
  ];
}

function immutabilityErrors(spec: V1StatefulSetSpec, old: V1StatefulSetSpec): FieldError[] {
  const values: readonly (readonly [keyof V1StatefulSetSpec, (value: V1StatefulSetSpec) => unknown])[] = [
    ["selector", ({ selector }) => selector ?? null],
    ["volumeClaimTemplates", ({ volumeClaimTemplates = [] }) => volumeClaimTemplates.map(goClaim)],
    ["serviceName", ({ serviceName = "" }) => serviceName],
    ["podManagementPolicy", ({ podManagementPolicy = "" }) => podManagementPolicy],
  ];
  return values.flatMap(([name, shown]) =>
    semanticEqual(spec[name], old[name]) ? [] : [invalid(SPEC.child(name), shown(spec), FIELD_IMMUTABLE)],
  );
}

/** As upstream's own type prints it: only the metadata have JSON names. */
function goClaim({ metadata, spec, status }: V1PersistentVolumeClaim): unknown {
  return {
    ...metadata,
    Spec: goValue(V1PersistentVolumeClaimSpec, spec as Readonly<Record<string, unknown>>),
    Status: goValue(V1PersistentVolumeClaimStatus, status as Readonly<Record<string, unknown>>),
  };
}
