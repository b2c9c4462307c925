import {
  adopt,
  resetObjectMetaForStatus,
  semanticEqual,
  type Strategy,
  type UpdateStrategy,
} from "@dingi/apimachinery";
import { validateConditionTypes } from "./condition-validation.ts";
import type { V1FlowSchema } from "./flowschema.gen.ts";
import { validateFlowSchema } from "./validation.ts";

/** Upstream: pkg/registry/flowcontrol/flowschema/strategy.go */
export const strategy: Strategy<V1FlowSchema> = {
  resetFields: [["status"]],
  prepareForCreate(schema) {
    schema.status = {};
    schema.metadata.generation = 1;
  },
  prepareForUpdate(schema, old) {
    if (!semanticEqual(schema.spec, old.spec)) schema.metadata.generation = (old.metadata.generation ?? 0) + 1;
    schema.status = adopt(old.status);
  },
  validate: validateFlowSchema,
  validateUpdate: validateFlowSchema,
};

export const statusStrategy: UpdateStrategy<V1FlowSchema> = {
  resetFields: [["metadata"], ["spec"]],
  prepareForUpdate(schema, old) {
    resetObjectMetaForStatus(schema.metadata, old.metadata);
    schema.spec = adopt(old.spec);
  },
  validateUpdate: ({ status }) => validateConditionTypes(status.conditions ?? []),
};
