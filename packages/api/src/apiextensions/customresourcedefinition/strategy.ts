import { adopt, semanticEqual, wireTime, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import type { V1CustomResourceDefinition } from "./customresourcedefinition.gen.ts";
import { conditionOf, withCondition } from "./conditions.ts";
import { emptyStatus, rememberStorageVersion } from "./stored-versions.ts";
import { validateDefinition, validateDefinitionStatus } from "./validation/definition.ts";
import { definitionNameCheck } from "./validation/names.ts";
import { schemaWarnings } from "./warnings.ts";

const DELETION_PENDING = {
  type: "Terminating",
  status: "True",
  reason: "InstanceDeletionPending",
  message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
};

/** Upstream: apiextensions-apiserver/pkg/registry/customresourcedefinition/strategy.go */
export const strategy: Strategy<V1CustomResourceDefinition> = {
  allowUnconditionalUpdate: false,
  standardFinalizers: false,
  deletionFinalizer: "customresourcecleanup.apiextensions.k8s.io",
  resetFields: [["status"]],
  nameCheckOf: definitionNameCheck,
  prepareForCreate(definition) {
    definition.status = emptyStatus();
    definition.metadata.generation = 1;
    rememberStorageVersion(definition);
  },
  prepareForUpdate(definition, old) {
    definition.status = adopt({ ...old.status });
    const { metadata, spec } = definition;
    if (!semanticEqual(spec, old.spec)) metadata.generation = (old.metadata.generation ?? 0) + 1;
    rememberStorageVersion(definition);
  },
  prepareForDelete(definition, { clock }) {
    if (conditionOf(definition, "Terminating")) return;
    const pending = withCondition(definition, DELETION_PENDING, wireTime(clock.now()));
    definition.status = adopt(pending.status);
  },
  validate: (definition) => validateDefinition(definition),
  validateUpdate: (definition, old) => validateDefinition(definition, old),
  warningsOnCreate: ({ spec }) => schemaWarnings(spec),
  warningsOnUpdate(definition, old) {
    const known = new Set(schemaWarnings(old.spec));
    return schemaWarnings(definition.spec).filter((warning) => !known.has(warning));
  },
};

/** Metadata may be changed together with the status: upstream puts back what it has just been given. */
export const statusStrategy: UpdateStrategy<V1CustomResourceDefinition> = {
  resetFields: [["spec"]],
  prepareForUpdate(definition, old) {
    definition.spec = adopt(old.spec);
  },
  validateUpdate: validateDefinitionStatus,
};
