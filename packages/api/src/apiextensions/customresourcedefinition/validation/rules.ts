import { invalid, notSupported, required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V1ValidationRule } from "../customresourcedefinition.gen.ts";
import { followSchemaPath, SchemaPathError } from "../../customresource/rules/schema-path.ts";
import type { Schema } from "../subschemas.ts";

const REASONS = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];
const NON_EMPTY = "must be non-empty if specified";

const hasLines = (text: string): boolean => /[\n\r]/.test(text);
const isBlank = (text: string): boolean => text !== "" && text.trim() === "";

/**
 * What is wrong with rules beside their expressions. Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go#ValidateCustomResourceDefinitionOpenAPISchema
 */
export function ruleErrors(schema: Schema, field: FieldPath): FieldError[] {
  return (schema["x-kubernetes-validations"] ?? []).flatMap((rule, i) => {
    const at = field.index(i);
    const { messageExpression = "", reason, fieldPath = "" } = rule;
    const pathAt = at.child("fieldPath");
    return [
      ...textErrors(rule, at),
      ...(isBlank(messageExpression)
        ? [required(at.child("messageExpression"), "messageExpression must be non-empty if specified")]
        : []),
      ...(reason === undefined || REASONS.includes(reason) ? [] : [notSupported(at.child("reason"), reason, REASONS)]),
      ...(isBlank(fieldPath) ? [invalid(pathAt, fieldPath, NON_EMPTY)] : []),
      ...(hasLines(fieldPath) ? [invalid(pathAt, fieldPath, "must not contain line breaks")] : []),
      ...(leadsNowhere(fieldPath, schema) ? [invalid(pathAt, fieldPath, "must be a valid path")] : []),
    ];
  });
}

function leadsNowhere(path: string, schema: Schema): boolean {
  try {
    followSchemaPath(path, schema);
    return false;
  } catch (error) {
    if (error instanceof SchemaPathError) return true;
    throw error;
  }
}

/** The first that is wrong. */
function textErrors({ rule = "", message = "" }: Partial<V1ValidationRule>, field: FieldPath): FieldError[] {
  const at = field.child("message");
  if (rule.trim() === "") return [required(field.child("rule"), "rule is not specified")];
  if (isBlank(message)) return [invalid(at, message, NON_EMPTY)];
  if (hasLines(message.trim())) return [invalid(at, message, "must not contain line breaks")];
  if (!hasLines(rule.trim()) || message !== "") return [];
  return [required(at, "message must be specified if rule contains line breaks")];
}
