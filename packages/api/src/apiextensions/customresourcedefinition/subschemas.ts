import type { V1JSONSchemaProps } from "./customresourcedefinition.gen.ts";

export type Schema = V1JSONSchemaProps;

/** The one schema of all items; none where there is a list of them. */
export function itemsOf({ items }: Schema): Schema | undefined {
  return items === undefined || items === null || Array.isArray(items) ? undefined : (items as Schema);
}

/** A schema for each item, which is not supported. */
export function itemListOf({ items }: Schema): readonly Schema[] {
  return Array.isArray(items) ? (items as readonly Schema[]) : [];
}

/** The schema of other properties, where they have one. */
export function additionalOf({ additionalProperties: other }: Schema): Schema | undefined {
  return typeof other === "object" && other !== null ? other : undefined;
}

/** Whether a schema or one inside of it is so. Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go#SchemaHas */
export function* schemasIn(schema: Schema | undefined): Generator<Schema> {
  if (!schema) return;
  yield schema;
  for (const inner of innerSchemas(schema)) yield* schemasIn(inner);
}

function innerSchemas(schema: Schema): (Schema | undefined)[] {
  const { additionalItems } = schema;
  return [
    itemsOf(schema),
    ...itemListOf(schema),
    ...(schema.allOf ?? []),
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    schema.not,
    ...Object.values(schema.properties ?? {}),
    additionalOf(schema),
    ...Object.values(schema.patternProperties ?? {}),
    typeof additionalItems === "object" ? additionalItems : undefined,
    ...Object.values(schema.definitions ?? {}),
    ...Object.values(schema.dependencies ?? {}).map((one) => (isSchema(one) ? one : undefined)),
  ];
}

function isSchema(value: Schema | readonly string[]): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Whether something is found in a schema or in one that a value's fields or items have; looked for once. Other schemas for the
 * value itself count for nothing.
 */
export function foundIn(isIt: (schema: Schema) => boolean): (schema: Schema) => boolean {
  const known = new WeakMap<Schema, boolean>();
  const isFound = (schema: Schema): boolean => {
    let found = known.get(schema);
    if (found === undefined) {
      const inner = [...Object.values(schema.properties ?? {}), additionalOf(schema), itemsOf(schema)];
      found = isIt(schema) || inner.some((one) => one !== undefined && isFound(one));
      known.set(schema, found);
    }
    return found;
  };
  return isFound;
}
