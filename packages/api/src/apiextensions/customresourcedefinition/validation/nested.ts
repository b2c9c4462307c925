import { forbidden, invalid, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { CelError, compilePattern } from "@dingi/cel";
import { additionalOf, itemsOf, type Schema } from "../subschemas.ts";

interface Skipped {
  readonly skipsAnyOf: boolean;
  /** The anyOf of the first allOf. */
  readonly skipsFirst: boolean;
}

const NOTHING: Skipped = { skipsAnyOf: false, skipsFirst: false };

/** What says more about values than the structure does. Upstream: apiextensions-apiserver/pkg/apiserver/schema/validation.go#validateValueValidation */
export function nestedErrors(schema: Schema, field: FieldPath, { skipsAnyOf, skipsFirst }: Skipped): FieldError[] {
  const { anyOf = [], allOf = [], oneOf = [], not, pattern = "" } = schema;
  return [
    ...(skipsAnyOf ? [] : anyOf.flatMap((one, i) => valueErrors(one, field.child("anyOf").index(i)))),
    ...allOf.flatMap((one, i) =>
      valueErrors(one, field.child("allOf").index(i), { skipsAnyOf: skipsFirst && i === 0, skipsFirst: false }),
    ),
    ...oneOf.flatMap((one, i) => valueErrors(one, field.child("oneOf").index(i))),
    ...(not ? valueErrors(not, field.child("not")) : []),
    ...patternErrors(pattern, field.child("pattern")),
  ];
}

function patternErrors(pattern: string, field: FieldPath): FieldError[] {
  const compiled = compilePattern(pattern);
  if (!(compiled instanceof CelError)) return [];
  return [invalid(field, pattern, `must be a valid regular expression, but isn't: ${compiled.message}`)];
}

/** Fields that shape an object, and how each is told to be out of place. */
const SHAPING: readonly (readonly [name: keyof Schema & string, text: string])[] = [
  ["type", "must be empty to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
];

/** Upstream: …#validateNestedValueValidation */
function valueErrors(schema: Schema, field: FieldPath, skipped: Skipped = NOTHING): FieldError[] {
  const items = itemsOf(schema);
  const { properties = {} } = schema;
  const metadataAt = field.child("properties").key("metadata");
  return [
    ...nestedErrors(schema, field, skipped),
    ...(items ? valueErrors(items, field.child("items")) : []),
    ...Object.entries(properties).flatMap(([name, one]) => valueErrors(one, field.child("properties").key(name))),
    ...SHAPING.flatMap(([name, text]) => (isThere(schema, name) ? [forbidden(field.child(name), text)] : [])),
    ...(Object.hasOwn(properties, "metadata")
      ? [forbidden(metadataAt, "must not be specified in a nested context")]
      : []),
  ];
}

function isThere(schema: Schema, name: keyof Schema): boolean {
  if (name === "additionalProperties") return additionalOf(schema) !== undefined || typeof schema[name] === "boolean";
  const value: unknown = schema[name];
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== "" && value !== false;
}
