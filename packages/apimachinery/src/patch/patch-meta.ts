import { goQuote } from "../codec/go-quote.ts";
import type { Field, Schema } from "../schema/schema.ts";
import { failure } from "./patch-error.ts";

/** How strategic merge treats a field. */
export interface PatchMeta {
  /** Of the field; of its items, for a list. */
  readonly schema: Schema;
  /** "merge", "replace" or empty. */
  readonly strategy: string;
  readonly retainsKeys: boolean;
  readonly mergeKey: string;
}

/** Upstream: apimachinery/third_party/forked/golang/json/fields.go#LookupPatchMetadataForStruct. @throws {StatusError} 500 */
export function metaOfObject(parent: Schema, key: string): PatchMeta {
  const field = lookup(parent, key);
  const strategies = (field.patchStrategy ?? "").split(",");
  return {
    schema: field.schema,
    strategy: strategies.find((strategy) => strategy !== "retainKeys") ?? "",
    retainsKeys: strategies.includes("retainKeys"),
    mergeKey: field.patchMergeKey ?? "",
  };
}

/** As `metaOfObject`, for a field that the patch gives as a list. @throws {StatusError} 500 */
export function metaOfList(parent: Schema, key: string): PatchMeta {
  const meta = metaOfObject(parent, key);
  if (meta.schema.type === "bytes") return meta;
  if (meta.schema.type !== "list") throw failure("expected slice or array type, but got: struct");
  if (meta.schema.items.type === "list") throw failure("unexpected slice of slice");
  return { ...meta, schema: meta.schema.items };
}

function lookup(parent: Schema, key: string): Field {
  if (parent.type !== "struct") {
    const name = GO_STRUCTS[parent.type];
    if (name !== undefined) throw unknownField(name, key);
    throw failure(`merging an object in json but data type is not struct, instead is: ${goKind(parent)}`);
  }
  const { fields } = parent;
  const field = fields.get(key) ?? [...fields.values()].find(({ name }) => name.toLowerCase() === key.toLowerCase());
  if (field === undefined) throw unknownField(parent.name.slice(parent.name.lastIndexOf(".") + 1), key);
  return field;
}

const unknownField = (struct: string, key: string): Error =>
  failure(`unable to find api field in struct ${struct} for the json field ${goQuote(key)}`);

const GO_STRUCTS: Partial<Record<Schema["type"], string>> = {
  time: "Time",
  microTime: "MicroTime",
  duration: "Duration",
  quantity: "Quantity",
  intOrString: "IntOrString",
  fieldsV1: "FieldsV1",
  rawExtension: "RawExtension",
  rawJson: "JSON",
  schemaOrArray: "JSONSchemaPropsOrArray",
  schemaOrBool: "JSONSchemaPropsOrBool",
  schemaOrStringArray: "JSONSchemaPropsOrStringArray",
};

function goKind({ type }: Schema): string {
  return type === "list" || type === "bytes" ? "slice" : type === "json" ? "interface" : type;
}
