import {
  V1ObjectMeta,
  type Field,
  type FreeSchema,
  type ListSchema,
  type ScalarType,
  type Schema,
  type StructSchema,
} from "@dingi/apimachinery";
import { own } from "@dingi/base";
import { META_DESCRIPTIONS } from "./meta-descriptions.ts";

type Json = Record<string, unknown>;

const APIEXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";
const META = "io.k8s.apimachinery.pkg.apis.meta.v1";

/** Scalars that OpenAPI knows as components. */
const COMPONENTS: Partial<Record<ScalarType, { name: string; schema: Json }>> = {
  time: { name: `${META}.Time`, schema: { type: "string", format: "date-time" } },
  microTime: { name: `${META}.MicroTime`, schema: { type: "string", format: "date-time" } },
  duration: { name: `${META}.Duration`, schema: { type: "string" } },
  fieldsV1: { name: `${META}.FieldsV1`, schema: { type: "object" } },
  quantity: {
    name: "io.k8s.apimachinery.pkg.api.resource.Quantity",
    schema: { oneOf: [{ type: "string" }, { type: "number" }] },
  },
  intOrString: {
    name: "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
    schema: { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] },
  },
  rawJson: { name: `${APIEXTENSIONS}.JSON`, schema: {} },
  schemaOrArray: { name: `${APIEXTENSIONS}.JSONSchemaPropsOrArray`, schema: {} },
  schemaOrBool: { name: `${APIEXTENSIONS}.JSONSchemaPropsOrBool`, schema: {} },
  schemaOrStringArray: { name: `${APIEXTENSIONS}.JSONSchemaPropsOrStringArray`, schema: {} },
  rawExtension: { name: "io.k8s.apimachinery.pkg.runtime.RawExtension", schema: { type: "object" } },
};

const PLAIN: Partial<Record<ScalarType, Json>> = {
  string: { type: "string" },
  bool: { type: "boolean" },
  int32: { type: "integer", format: "int32" },
  int64: { type: "integer", format: "int64" },
  float64: { type: "number", format: "double" },
  bytes: { type: "string", format: "byte" },
  json: {},
};

/** Collects the components of one document as they are referred to. */
export class SchemaComponents {
  readonly #components = new Map<string, Json>();
  /** Those of which it is said what they are. */
  readonly #named = new Set<string>();

  get json(): Record<string, Json> {
    return Object.fromEntries([...this.#components].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  set(name: string, schema: Json): void {
    this.#components.set(name, schema);
  }

  /** A reference to the struct, which becomes a component; `kinds`: what its objects are, where that is known. */
  ref(struct: StructSchema, kinds?: readonly Json[]): string {
    // One may have been met before inside another: a claim in a StatefulSet's templates.
    if (!this.#components.has(struct.name) || (kinds && !this.#named.has(struct.name))) {
      if (kinds) this.#named.add(struct.name);
      this.#components.set(struct.name, {});
      this.#components.set(struct.name, this.#published(struct, kinds) ?? this.#struct(struct, kinds));
    }
    return refTo(struct.name);
  }

  /** What a custom kind's definition says of it. */
  #published({ published }: StructSchema, kinds: readonly Json[] | undefined): Json | undefined {
    const shown = published?.((other) => this.ref(other));
    return shown && { ...shown, ...(kinds ? { "x-kubernetes-group-version-kind": kinds } : {}) };
  }

  #struct(struct: StructSchema, kinds: readonly Json[] | undefined): Json {
    const properties: Json = struct.typed || kinds ? { apiVersion: { type: "string" }, kind: { type: "string" } } : {};
    const required: string[] = [];
    for (const field of [...struct.fields.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const description = struct === V1ObjectMeta ? own(META_DESCRIPTIONS, field.name) : undefined;
      properties[field.name] = { ...(description === undefined ? {} : { description }), ...this.#field(field) };
      if (field.required) required.push(field.name);
    }
    return {
      type: "object",
      ...(required.length > 0 ? { required } : {}),
      properties,
      ...(kinds ? { "x-kubernetes-group-version-kind": kinds } : {}),
      ...(struct.unknown === "keep" ? { "x-kubernetes-preserve-unknown-fields": true } : {}),
      ...(struct.atomic ? { "x-kubernetes-map-type": "atomic" } : {}),
    };
  }

  #field(field: Field): Json {
    const schema = this.#schema(field.schema);
    const whole =
      "$ref" in schema && (field.default !== undefined || !("items" in schema)) ? { allOf: [schema] } : schema;
    return {
      ...whole,
      ...(field.default === undefined ? {} : { default: field.default }),
      ...(field.enum ? { enum: field.enum } : {}),
      ...(field.granular ? { "x-kubernetes-map-type": "granular" } : {}),
      ...(field.patchStrategy ? { "x-kubernetes-patch-strategy": field.patchStrategy } : {}),
      ...(field.patchMergeKey ? { "x-kubernetes-patch-merge-key": field.patchMergeKey } : {}),
    };
  }

  #schema(schema: Schema): Json {
    if (schema.type === "struct") return { $ref: this.ref(schema) };
    if (schema.type === "map")
      return {
        type: "object",
        additionalProperties: { ...this.#inner(schema.values), ...(schema.enum ? { enum: schema.enum } : {}) },
        ...(schema.atomic ? { "x-kubernetes-map-type": "atomic" } : {}),
      };
    if (schema.type === "list") return this.#list(schema);
    if (schema.type === "free") return freeJson(schema);
    const component = COMPONENTS[schema.type];
    if (!component) return PLAIN[schema.type]!;
    this.#components.set(component.name, component.schema);
    return { $ref: refTo(component.name) };
  }

  #list(schema: ListSchema): Json {
    return {
      type: "array",
      items: this.#inner(schema.items),
      ...(schema.keys ? { "x-kubernetes-list-map-keys": schema.keys } : {}),
      ...(schema.listType ? { "x-kubernetes-list-type": schema.listType } : {}),
    };
  }

  /** Items and values carry their zero as default, and a reference beside it must be wrapped. */
  #inner(schema: Schema): Json {
    const inner = this.#schema(schema);
    if ("$ref" in inner) return schema.type === "struct" ? { allOf: [inner], default: {} } : inner;
    return schema.type === "string" ? { ...inner, default: "" } : inner;
  }
}

const FREE_TYPES: Readonly<Record<NonNullable<FreeSchema["of"]>, Json>> = {
  object: { type: "object" },
  list: { type: "array" },
  string: { type: "string" },
  numeric: { type: "number" },
  boolean: { type: "boolean" },
  scalar: { "x-kubernetes-int-or-string": true },
};

function freeJson(schema: FreeSchema): Json {
  const { of, properties = {}, values, items, unknown, listType, keys, atomic, nullable } = schema;
  const inner = Object.entries(properties).map(([name, property]) => [name, freeJson(property)] as const);
  const said = {
    ...(of && FREE_TYPES[of]),
    properties: inner.length > 0 ? Object.fromEntries(inner) : undefined,
    additionalProperties: values && freeJson(values),
    items: items && freeJson(items),
    nullable,
    "x-kubernetes-list-type": listType,
    "x-kubernetes-list-map-keys": keys,
    "x-kubernetes-map-type": atomic ? "atomic" : undefined,
    "x-kubernetes-preserve-unknown-fields": unknown === "keep" || !of || undefined,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

export function refTo(name: string): string {
  return `#/components/schemas/${name}`;
}
