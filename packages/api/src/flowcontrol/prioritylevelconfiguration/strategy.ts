import {
  adopt,
  resetObjectMetaForStatus,
  semanticEqual,
  type Strategy,
  type UpdateStrategy,
} from "@dingi/apimachinery";
import { validateConditionTypes } from "../flowschema/condition-validation.ts";
import type { V1PriorityLevelConfiguration } from "./prioritylevelconfiguration.gen.ts";
import { validatePriorityLevel } from "./validation.ts";

/** Upstream: pkg/registry/flowcontrol/prioritylevelconfiguration/strategy.go */
export const strategy: Strategy<V1PriorityLevelConfiguration> = {
  resetFields: [["status"]],
  prepareForCreate(level) {
    level.status = {};
    level.metadata.generation = 1;
  },
  prepareForUpdate(level, old) {
    if (!semanticEqual(level.spec, old.spec)) level.metadata.generation = (old.metadata.generation ?? 0) + 1;
    level.status = adopt(old.status);
  },
  validate: validatePriorityLevel,
  validateUpdate: validatePriorityLevel,
};

export const statusStrategy: UpdateStrategy<V1PriorityLevelConfiguration> = {
  resetFields: [["spec"], ["metadata"]],
  prepareForUpdate(level, old) {
    resetObjectMetaForStatus(level.metadata, old.metadata);
    level.spec = adopt(old.spec);
  },
  validateUpdate: ({ status }) => validateConditionTypes(status.conditions ?? []),
};
