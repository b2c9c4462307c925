import { equalJson, semanticEqual } from "@dingi/apimachinery";
import { newExpressions, storedExpressions, type Environment } from "@dingi/cel";
import { prunedBy } from "../../customresource/free-schema.ts";
import type { V1CustomResourceDefinitionSpec, V1CustomResourceValidation } from "../customresourcedefinition.gen.ts";
import { schemasIn, type Schema } from "../subschemas.ts";

/** What a definition was before it was changed, and what is let pass for it. */
export interface Before {
  /** Whether a version had the schema already. */
  hasSchema(schema: V1CustomResourceValidation | undefined): boolean;
  /** What is stored may use more than what is new. */
  environmentOf(expression: string): Environment;
  /** Whether defaults had fields that their schemas do not know. */
  readonly allowsUnknown: boolean;
}

export function beforeOf(old: V1CustomResourceDefinitionSpec | undefined): Before {
  const validations = (old?.versions ?? []).flatMap(({ schema }) => schema ?? []);
  const schemas = validations.flatMap(({ openAPIV3Schema }) => [...schemasIn(openAPIV3Schema)]);
  const rules = schemas.flatMap((schema) => schema["x-kubernetes-validations"] ?? []);
  const expressions = new Set(rules.flatMap(({ rule, messageExpression }) => [rule, messageExpression]));
  return {
    hasSchema: (schema) => schema !== undefined && validations.some((one) => semanticEqual(one, schema)),
    environmentOf: (expression) => (expressions.has(expression) ? storedExpressions : newExpressions),
    allowsUnknown: schemas.some(hasUnpruned),
  };
}

function hasUnpruned(schema: Schema): boolean {
  if (schema.default === undefined || schema.default === null) return false;
  return !equalJson(prunedBy(schema, schema.default), schema.default);
}
