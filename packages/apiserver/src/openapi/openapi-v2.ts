import type { Scheme } from "@dingi/apimachinery";
import { openApiV3 } from "./openapi-v3.ts";

type Json = Record<string, unknown>;

/** Swagger 2.0 of everything that is served: what the documents of OpenAPI v3 say, in the older words. */
export function openApiV2(scheme: Scheme, version: string): Json {
  const paths: Json = {};
  const definitions: Json = {};
  for (const served of scheme.versions) {
    const document = openApiV3(served, version);
    for (const [path, item] of entries(document["paths"])) paths[path] = pathItem(item);
    for (const [name, schema] of entries((document["components"] as Json)["schemas"]))
      definitions[name] = merged(definitions[name] as Json | undefined, schemaOf(schema));
  }
  if (!scheme.byKind("apiextensions.k8s.io/v1", "CustomResourceDefinition")) promiseNothingForCustomKinds(paths);
  return {
    swagger: "2.0",
    info: { title: "Kubernetes", version: version },
    paths: sorted(paths),
    definitions: sorted(definitions),
    securityDefinitions: { BearerToken: { type: "apiKey", name: "authorization", in: "header" } },
    security: [{ BearerToken: [] }],
  };
}

const isNamespace = ({ group, version, kind }: Json): boolean =>
  group === "" && version === "v1" && kind === "Namespace";

/**
 * kubectl takes what a patch of a Namespace can for what a patch of a custom resource can, and asks which custom kinds there
 * are before it creates what nobody patches, such as a review. Without custom kinds it is told not to ask.
 * Upstream: cli-runtime/pkg/resource/query_param_verifier.go#HasSupport
 */
function promiseNothingForCustomKinds(paths: Json): void {
  for (const [, { patch }] of entries(paths)) {
    const operation = patch as Json | undefined;
    if (!operation || !isNamespace((operation[KINDS] as Json | undefined) ?? {})) continue;
    operation["parameters"] = (operation["parameters"] as Json[]).filter(({ name }) => name !== "fieldValidation");
  }
}

/** Of a value that may be null or has unknown fields, readers of this form are told nothing, lest they refuse it. */
const saysNothing = (schema: Json): boolean => schema["nullable"] === true || schema[KEEPS_UNKNOWN] === true;
const KEEPS_UNKNOWN = "x-kubernetes-preserve-unknown-fields";

/** Upstream: apiextensions-apiserver/pkg/controller/openapi/v2/conversion.go#ToStructuralOpenAPIV2 */
function untyped({ type: _type, properties: _properties, items: _items, nullable: _nullable, ...rest }: Json): Json {
  // Of a kind that keeps everything not even metadata is told, or else nothing but that would be right.
  if (KINDS in rest)
    return Object.fromEntries([["type", "object"], ...entries(rest).filter(([name]) => OF_KINDS.has(name))]);
  if (!rest[EMBEDDED]) return rest;
  const { required, ...free } = rest;
  const needed = ((required as string[] | undefined) ?? []).filter((name) => name !== "kind" && name !== "apiVersion");
  return needed.length > 0 ? { ...free, required: needed } : free;
}

const EMBEDDED = "x-kubernetes-embedded-resource";

const entries = (value: unknown): [string, Json][] => Object.entries(value as Record<string, Json>);

const sorted = (value: Json): Json =>
  Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));

const KINDS = "x-kubernetes-group-version-kind";
const OF_KINDS = new Set([KINDS, "x-kubernetes-selectable-fields"]);

/** The same struct may be the shape of several kinds, each in the document of its group. */
function merged(known: Json | undefined, schema: Json): Json {
  const kinds = [...((known?.[KINDS] as Json[] | undefined) ?? []), ...((schema[KINDS] as Json[] | undefined) ?? [])];
  if (kinds.length === 0) return known ?? schema;
  const distinct = new Map(kinds.map((kind) => [JSON.stringify(kind), kind]));
  return { ...known, ...schema, [KINDS]: [...distinct.values()] };
}

function pathItem({ parameters, ...operations }: Json): Json {
  return {
    ...Object.fromEntries(entries(operations).map(([method, one]) => [method, operation(one)])),
    ...(parameters === undefined ? {} : { parameters: (parameters as Json[]).map(parameter) }),
  };
}

function operation({ parameters, requestBody, responses, ...rest }: Json): Json {
  const body = requestBody as Json | undefined;
  const taken = [...(body ? [bodyParameter(body)] : []), ...((parameters as Json[] | undefined) ?? []).map(parameter)];
  const produced = new Set(entries(responses).flatMap(([, one]) => Object.keys((one["content"] as Json) ?? {})));
  return {
    ...rest,
    consumes: body ? Object.keys(body["content"] as Json) : ["*/*"],
    produces: produced.size > 0 ? [...produced] : ["*/*"],
    schemes: ["https"],
    ...(taken.length > 0 ? { parameters: taken } : {}),
    responses: Object.fromEntries(entries(responses).map(([status, one]) => [status, response(one)])),
  };
}

/** Clients look for a parameter's name in the operation itself, so none is shared by reference. */
function parameter({ schema, ...rest }: Json): Json {
  return { ...(schema as Json), ...rest };
}

function bodyParameter({ content, required }: Json): Json {
  const [first] = Object.values(content as Record<string, Json>);
  return {
    name: "body",
    in: "body",
    ...(required === true ? { required } : {}),
    schema: schemaOf(first!["schema"] as Json),
  };
}

function response({ description, content }: Json): Json {
  const [first] = Object.values((content ?? {}) as Record<string, Json>);
  return { description, ...(first ? { schema: schemaOf(first["schema"] as Json) } : {}) };
}

/** Swagger has no alternatives and no wrapped references, and upstream leaves defaults of its own types out. */
function schemaOf({ allOf, oneOf, anyOf: _any, not: _not, default: _default, ...rest }: Json): Json {
  if (saysNothing(rest)) return untyped(rest);
  const [wrapped] = (allOf as Json[] | undefined) ?? [];
  if (wrapped && "$ref" in wrapped) return { ...schemaOf(wrapped), ...rest };
  const { $ref, items, additionalProperties, properties } = rest as Record<string, Json | string | undefined>;
  return withoutNullable(
    {
      ...rest,
      ...(oneOf ? { type: "string" } : {}),
      ...(typeof $ref === "string" ? { $ref: $ref.replace("#/components/schemas/", "#/definitions/") } : {}),
      ...(items ? { items: schemaOf(items as Json) } : {}),
      ...(additionalProperties ? { additionalProperties: schemaOf(additionalProperties as Json) } : {}),
      ...(properties
        ? { properties: Object.fromEntries(entries(properties).map(([name, one]) => [name, schemaOf(one)])) }
        : {}),
    },
    properties as Json | undefined,
  );
}

/** What may be null is not required. */
function withoutNullable(schema: Json, properties: Json | undefined): Json {
  const { required, ...rest } = schema;
  if (!Array.isArray(required)) return schema;
  const nullable = new Set(
    entries(properties ?? {}).flatMap(([name, one]) => (one["nullable"] === true ? [name] : [])),
  );
  const needed = (required as string[]).filter((name) => !nullable.has(name));
  return needed.length > 0 ? { ...rest, required: needed } : rest;
}
