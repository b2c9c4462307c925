import {
  FIELD_IMMUTABLE,
  goValue,
  invalid,
  path,
  semanticEqual,
  validateDeclared,
  type FieldError,
} from "@dingi/apimachinery";
import { validateTemplateMeta } from "../../core/persistentvolumeclaim/spec-validation.ts";
import { deviceClaimErrors } from "../resourceclaim/request-validation.ts";
import { V1ResourceClaimSpec } from "../resourceclaim/resourceclaim.gen.ts";
import { V1ResourceClaimTemplate } from "./resourceclaimtemplate.gen.ts";

const SPEC = path("spec");

/** Upstream: pkg/apis/resource/validation/validation.go#ValidateResourceClaimTemplate */
export function validateResourceClaimTemplate(template: V1ResourceClaimTemplate): FieldError[] {
  return [...specErrors(template), ...validateDeclared(V1ResourceClaimTemplate, template)];
}

/** Upstream: …#ValidateResourceClaimTemplateUpdate */
export function validateResourceClaimTemplateUpdate(
  template: V1ResourceClaimTemplate,
  old: V1ResourceClaimTemplate,
): FieldError[] {
  // The internal type has the metadata's fields among its own.
  const { metadata, spec } = template.spec;
  const printed = () => ({ ...metadata, Spec: goValue(V1ResourceClaimSpec, { ...spec }) });
  return [
    ...specErrors(template),
    ...(semanticEqual(template.spec, old.spec) ? [] : [invalid(SPEC, printed(), FIELD_IMMUTABLE)]),
    ...validateDeclared(V1ResourceClaimTemplate, template, { old }),
  ];
}

function specErrors({ spec }: V1ResourceClaimTemplate): FieldError[] {
  return [
    ...validateTemplateMeta(spec.metadata ?? {}, SPEC.child("metadata")),
    ...deviceClaimErrors(spec.spec.devices ?? {}, SPEC.child("spec", "devices")),
  ];
}
