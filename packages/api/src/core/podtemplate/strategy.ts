import { path, semanticEqual, type Strategy } from "@dingi/apimachinery";
import { dropDisabledFields } from "../pod/disabled-fields.ts";
import { validatePodTemplate } from "../pod/template-validation.ts";
import { podTemplateWarnings } from "../pod/warnings/warnings.ts";
import type { V1PodTemplate } from "./podtemplate.gen.ts";

const TEMPLATE = path("template");

/** Upstream: pkg/registry/core/podtemplate/strategy.go */
export const strategy: Strategy<V1PodTemplate> = {
  prepareForCreate({ metadata, template }) {
    metadata.generation = 1;
    if (template?.spec) dropDisabledFields(template.spec);
  },
  prepareForUpdate({ metadata, template }, old) {
    if (template?.spec) dropDisabledFields(template.spec, old.template?.spec);
    if (!semanticEqual(template, old.template)) metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: ({ template = {} }) => validatePodTemplate(template, TEMPLATE),
  validateUpdate: ({ template = {} }) => validatePodTemplate(template, TEMPLATE),
  warningsOnCreate: ({ template = {} }) => podTemplateWarnings(template, TEMPLATE),
  warningsOnUpdate: ({ metadata, template = {} }, old) =>
    metadata.generation === old.metadata.generation ? [] : podTemplateWarnings(template, TEMPLATE),
};
