import type { Strategy } from "@dingi/apimachinery";
import { dropDisabledClaimFields } from "../resourceclaim/disabled-fields.ts";
import type { V1ResourceClaimTemplate } from "./resourceclaimtemplate.gen.ts";
import { validateResourceClaimTemplate, validateResourceClaimTemplateUpdate } from "./validation.ts";

/** Upstream: pkg/registry/resource/resourceclaimtemplate/strategy.go */
export const strategy: Strategy<V1ResourceClaimTemplate> = {
  prepareForCreate: ({ spec }) => dropDisabledClaimFields(spec.spec),
  prepareForUpdate: ({ spec }) => dropDisabledClaimFields(spec.spec),
  validate: (template) => validateResourceClaimTemplate(template),
  validateUpdate: validateResourceClaimTemplateUpdate,
};
