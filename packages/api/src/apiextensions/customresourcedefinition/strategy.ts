import { adopt, semanticEqual, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import type { V1CustomResourceDefinition } from "./customresourcedefinition.gen.ts";
import { emptyStatus, rememberStorageVersion } from "./stored-versions.ts";
import { validateDefinition, validateDefinitionStatus } from "./validation/definition.ts";
import { definitionNameCheck } from "./validation/names.ts";
import { schemaWarnings } from "./warnings.ts";

/** Upstream: apiextensions-apiserver/pkg/registry/customresourcedefinition/strategy.go */
export const strategy: Strategy<V1CustomResourceDefinition> = {
  allowUnconditionalUpdate: false,
  standardFinalizers: false,
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
