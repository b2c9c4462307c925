import { adopt, path, semanticEqual, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import { dropDisabledFields } from "../../core/pod/disabled-fields.ts";
import { podTemplateWarnings } from "../../core/pod/warnings/warnings.ts";
import type { V1DaemonSet } from "./daemonset.gen.ts";
import { freshStatus } from "./defaults.ts";
import { setTemplateGeneration, templateGeneration } from "./template-generation.ts";
import { validateDaemonSet, validateDaemonSetStatus, validateDaemonSetUpdate } from "./validation.ts";

const TEMPLATE = path("spec", "template");

/** Upstream: pkg/registry/apps/daemonset/strategy.go */
export const strategy: Strategy<V1DaemonSet> = {
  resetFields: [["status"]],
  prepareForCreate(daemonSet) {
    daemonSet.status = freshStatus();
    daemonSet.metadata.generation = 1;
    if (templateGeneration(daemonSet) < 1n) setTemplateGeneration(daemonSet, 1n);
    if (daemonSet.spec.template.spec) dropDisabledFields(daemonSet.spec.template.spec);
  },
  prepareForUpdate(daemonSet, old) {
    const { metadata, spec } = daemonSet;
    if (spec.template.spec) dropDisabledFields(spec.template.spec, old.spec.template.spec);
    daemonSet.status = adopt(old.status);
    const isNewTemplate = !semanticEqual(spec.template, old.spec.template);
    setTemplateGeneration(daemonSet, templateGeneration(old) + (isNewTemplate ? 1n : 0n));
    if (!semanticEqual(spec, old.spec)) metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: (daemonSet) => validateDaemonSet(daemonSet),
  validateUpdate: validateDaemonSetUpdate,
  warningsOnCreate: ({ spec }) => podTemplateWarnings(spec.template, TEMPLATE),
  warningsOnUpdate: (daemonSet, old) =>
    templateGeneration(daemonSet) === templateGeneration(old)
      ? []
      : podTemplateWarnings(daemonSet.spec.template, TEMPLATE),
};

export const statusStrategy: UpdateStrategy<V1DaemonSet> = {
  resetFields: [["spec"]],
  prepareForUpdate(daemonSet, old) {
    daemonSet.spec = adopt(old.spec);
    setTemplateGeneration(daemonSet, templateGeneration(old));
  },
  validateUpdate: validateDaemonSetStatus,
};
