import { at, isJson, listAt, textAt, type Json } from "../json.ts";

/** An OpenAPI v3 document of one group and version, to look schemas up in. */
export class SchemaDocument {
  readonly #document: Json;

  constructor(document: Json) {
    this.#document = document;
  }

  /** The schema that a reference names; undefined for none. */
  resolve(reference: string): Json | undefined {
    const found = at(this.#document, "components", "schemas", reference.slice(reference.lastIndexOf("/") + 1));
    return isJson(found) ? found : undefined;
  }

  /** What a schema says itself, or by its reference. */
  resolved(schema: Json): Json {
    return this.resolve(textAt(schema, "$ref")) ?? schema;
  }

  ofKind({ group, version, kind }: { group: string; version: string; kind: string }): Json | undefined {
    const schemas = at(this.#document, "components", "schemas");
    return Object.values(isJson(schemas) ? schemas : {})
      .filter(isJson)
      .find((schema) =>
        listAt(schema, "x-kubernetes-group-version-kind").some(
          (each) =>
            textAt(each, "group") === group && textAt(each, "version") === version && textAt(each, "kind") === kind,
        ),
      );
  }
}

/** The schemas that one consists of: its elements', its values' and all that are joined in it. */
export function innerSchemas(schema: Json): Json[] {
  const { items, additionalProperties } = schema;
  return [...listAt(schema, "allOf"), ...[items, additionalProperties].filter(isJson)];
}

export function propertiesOf(schema: Json): [string, Json][] {
  const { properties } = schema;
  return Object.entries(isJson(properties) ? properties : {})
    .filter((entry): entry is [string, Json] => isJson(entry[1]))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
