import { adopt, path, semanticEqual, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import { dropDisabledFields } from "../../core/pod/disabled-fields.ts";
import { podTemplateWarnings } from "../../core/pod/warnings/warnings.ts";
import type { V1ReplicaSet } from "./replicaset.gen.ts";
import { validateReplicaSet, validateReplicaSetStatus, validateReplicaSetUpdate } from "./validation.ts";
import { podNameWarnings } from "./warnings.ts";

const TEMPLATE = path("spec", "template");

/** Upstream: pkg/registry/apps/replicaset/strategy.go */
export const strategy: Strategy<V1ReplicaSet> = {
  resetFields: [["status"]],
  prepareForCreate(replicaSet) {
    replicaSet.status = { replicas: 0 };
    replicaSet.metadata.generation = 1;
    if (replicaSet.spec.template?.spec) dropDisabledFields(replicaSet.spec.template.spec);
  },
  prepareForUpdate(replicaSet, old) {
    replicaSet.status = adopt(old.status);
    if (replicaSet.spec.template?.spec) dropDisabledFields(replicaSet.spec.template.spec, old.spec.template?.spec);
    if (!semanticEqual(replicaSet.spec, old.spec)) replicaSet.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: (replicaSet) => validateReplicaSet(replicaSet),
  validateUpdate: validateReplicaSetUpdate,
  warningsOnCreate: (replicaSet) => [
    ...podNameWarnings(replicaSet),
    ...podTemplateWarnings(replicaSet.spec.template ?? {}, TEMPLATE),
  ],
  warningsOnUpdate: (replicaSet, old) =>
    replicaSet.metadata.generation === old.metadata.generation
      ? []
      : podTemplateWarnings(replicaSet.spec.template ?? {}, TEMPLATE),
};

export const statusStrategy: UpdateStrategy<V1ReplicaSet> = {
  resetFields: [["spec"]],
  prepareForUpdate(replicaSet, old) {
    replicaSet.spec = adopt(old.spec);
  },
  validateUpdate: validateReplicaSetStatus,
};
