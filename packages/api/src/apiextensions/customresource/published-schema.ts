import { V1ObjectMeta, type Published } from "@dingi/apimachinery";
import { additionalOf, itemsOf, type Schema } from "../customresourcedefinition/subschemas.ts";

type Json = Readonly<Record<string, unknown>>;
type RefTo = Parameters<Published>[0];

/** What clients are shown of the objects of a schema. Upstream: apiextensions-apiserver/pkg/controller/openapi/builder/builder.go#buildKubeNative */
export function publishedKind(schema: Schema | undefined, extensions: Json): Published {
  return (refTo) => {
    // With properties alone, clients would take all others for wrong.
    if (!schema) return { type: "object", ...extensions };
    const shown = publishedSchema(schema, refTo);
    return { ...shown, properties: withMeta(shown["properties"] as Json | undefined, refTo), ...extensions };
  };
}

function withMeta(properties: Json | undefined, refTo: RefTo): Json {
  const metadata = { description: SAID.metadata, allOf: [{ $ref: refTo(V1ObjectMeta) }] };
  const text = (description: string): Json => ({ description, type: "string" });
  return { ...properties, apiVersion: text(SAID.apiVersion), kind: text(SAID.kind), metadata };
}

/** What a definition cannot say; some readers look for how they begin. */
const SAID = {
  apiVersion: "APIVersion defines in which version of its kind's schema the object is written.",
  kind: "Kind is the name of what the object represents.",
  metadata: "Standard object's metadata: its name and what the server keeps of it.",
};

function publishedSchema(schema: Schema, refTo: RefTo): Json {
  const { properties, items: _items, additionalProperties: other, ...rest } = schema;
  const [item, others] = [itemsOf(schema), additionalOf(schema)];
  const inner = properties && mapValues(properties, (one) => publishedSchema(one, refTo));
  const shown = {
    ...rest,
    ...eitherOf(schema),
    ...(inner ? { properties: inner } : {}),
    ...(item ? { items: publishedSchema(item, refTo) } : {}),
    ...(other === undefined ? {} : { additionalProperties: others ? publishedSchema(others, refTo) : other }),
  };
  if (!schema["x-kubernetes-embedded-resource"]) return shown;
  const required = [...new Set([...(schema.required ?? []), "kind", "apiVersion"])];
  return { ...shown, properties: withMeta(inner, refTo), required };
}

/** What is a number or a text says so in words that all readers know. Upstream: …/apiserver/schema/unfold.go */
function eitherOf({ "x-kubernetes-int-or-string": isEither, anyOf, allOf }: Schema): Json {
  if (!isEither || anyOf || allOf?.some((one) => one.anyOf)) return {};
  return { anyOf: [{ type: "integer" }, { type: "string" }] };
}

function mapValues<T>(table: Readonly<Record<string, T>>, map: (value: T) => unknown): Json {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, map(value)]));
}
