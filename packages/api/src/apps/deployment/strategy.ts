import { adopt, path, semanticEqual, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import { dropDisabledFields } from "../../core/pod/disabled-fields.ts";
import { podTemplateWarnings } from "../../core/pod/warnings/warnings.ts";
import { podNameWarnings } from "../replicaset/warnings.ts";
import type { V1Deployment } from "./deployment.gen.ts";
import { validateDeployment, validateDeploymentStatus, validateDeploymentUpdate } from "./validation.ts";

const TEMPLATE = path("spec", "template");

/** Upstream: pkg/registry/apps/deployment/strategy.go */
export const strategy: Strategy<V1Deployment> = {
  resetFields: [["status"]],
  prepareForCreate(deployment) {
    deployment.status = {};
    deployment.metadata.generation = 1;
    if (deployment.spec.template.spec) dropDisabledFields(deployment.spec.template.spec);
  },
  prepareForUpdate(deployment, old) {
    const { metadata, spec } = deployment;
    deployment.status = adopt(old.status);
    if (spec.template.spec) dropDisabledFields(spec.template.spec, old.spec.template.spec);
    const changed =
      !semanticEqual(spec, old.spec) || !semanticEqual(metadata.annotations ?? {}, old.metadata.annotations ?? {});
    if (changed) metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: (deployment) => validateDeployment(deployment),
  validateUpdate: validateDeploymentUpdate,
  warningsOnCreate: (deployment) => [
    ...podNameWarnings(deployment),
    ...podTemplateWarnings(deployment.spec.template, TEMPLATE),
  ],
  warningsOnUpdate: ({ metadata, spec }, old) =>
    metadata.generation === old.metadata.generation ? [] : podTemplateWarnings(spec.template, TEMPLATE),
};

export const statusStrategy: UpdateStrategy<V1Deployment> = {
  resetFields: [["spec"], ["metadata", "labels"]],
  prepareForUpdate(deployment, old) {
    deployment.spec = adopt(old.spec);
    deployment.metadata.labels = adopt(old.metadata.labels);
  },
  validateUpdate: validateDeploymentStatus,
};
