import { forbidden, invalid, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { V1JSONSchemaProps, type V1CustomResourceValidation } from "../customresourcedefinition.gen.ts";
import { itemListOf, schemasIn, type Schema } from "../subschemas.ts";
import { defaultValueErrors } from "./defaults.ts";
import { openApiErrors } from "./open-api.ts";
import { printedSchema } from "./printed.ts";
import { expressionErrors, type ExpressionOptions } from "./rule-expressions.ts";
import { structuralErrors } from "./structural.ts";

/** Upstream's names of its fields, which are told. */
const AT_ROOT =
  "Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations";
const ROOT_FIELDS: ReadonlySet<string> = new Set(
  "description type format title maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems multipleOf required items properties externalDocs example x-kubernetes-preserve-unknown-fields x-kubernetes-validations".split(
    " ",
  ),
);

/** What is let pass depends on what there was. */
export interface SchemaOptions extends ExpressionOptions {
  readonly hasStatus: boolean;
  readonly allowsUnknown: boolean;
}

/** Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go#validateCustomResourceDefinitionValidation */
export function validationErrors(
  validation: V1CustomResourceValidation | undefined,
  options: SchemaOptions,
  field: FieldPath,
): FieldError[] {
  const schema = validation?.openAPIV3Schema;
  if (!schema) return [];
  const at = field.child("openAPIV3Schema");
  const errors = [
    ...(options.hasStatus ? rootErrors(schema, at) : []),
    ...(schema.nullable ? [forbidden(at.child("nullable"), "nullable cannot be true at the root")] : []),
  ];
  // A list of schemas for items has no structure, and is told by the rules for single schemas.
  const hasStructure = ![...schemasIn(schema)].some((one) => itemListOf(one).length > 0);
  if (hasStructure) errors.push(...structuralErrors(schema, at));
  if (errors.length === 0 && hasStructure) errors.push(...defaultValueErrors(schema, at, options));
  const found = [...errors, ...openApiErrors(schema, at)];
  // Expressions are looked at where all else is right: what they see of a schema that is not would only confuse.
  return found.length > 0 ? found : expressionErrors(schema, at, options);
}

/** A status subresource is found at the root, so the root is plain. The first thing that is not ends the search. */
function rootErrors(schema: Schema, field: FieldPath): FieldError[] {
  for (const name of V1JSONSchemaProps.fields.keys()) {
    if (!isSet(schema[name as keyof Schema])) continue;
    if (name === "type" && schema.type !== "object") {
      const text =
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
      return [invalid(field.child("type"), schema.type, text)];
    }
    if (ROOT_FIELDS.has(name)) continue;
    const text = `only [${AT_ROOT}] fields are allowed at the root of the schema if the status subresource is enabled`;
    return [invalid(field, printedSchema(schema), text)];
  }
  return [];
}

const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== "" && value !== false;
