import type { CelType } from "../check/type.ts";
import * as t from "../check/type.ts";
import { CelError } from "../value/error.ts";
import { CelDouble } from "../value/numbers.ts";
import { parseDate, parseDuration, parseTimestamp } from "../value/time.ts";
import type { Value } from "../value/value.ts";
import type { DeclField, DeclType } from "./decl-type.ts";
import { byFields, itself, KeyedList } from "./keyed-list.ts";
import { escapeField } from "./escape.ts";
import { invalidData, JsonList, JsonMap, JsonObject, jsonValue } from "./json-value.ts";

/** What of a structural schema matters to expressions. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
}

const MAX_REQUEST_BYTES = 3 * 1024 * 1024;
/** Without its quotes or brackets. */
const MAX_CONTENT = MAX_REQUEST_BYTES - 2;
/** UTF-8 takes up to four bytes for what a schema counts as one. */
const BYTES_PER_CHARACTER = 4;
const MIN_STRING = 2;
const DATE_SIZE = 12;

/**
 * The type that expressions see of values of a schema; undefined where they see none. `name` is given to the type if
 * it is an object's, and precedes those of objects within. Upstream: k8s.io/apiserver/pkg/cel/common/schemas.go#SchemaDeclType
 */
export function schemaDeclType(
  schema: Schema,
  name: string,
  isRoot = schema["x-kubernetes-embedded-resource"] === true,
): DeclType | undefined {
  const decl = declOf(isRoot ? withObjectMeta(schema) : schema, name);
  return decl && withNull(decl, schema.nullable === true);
}

function declOf(schema: Schema, name: string): DeclType | undefined {
  if (schema["x-kubernetes-int-or-string"]) return intOrString(schema);
  switch (schema.type) {
    case "array":
      return listDecl(schema, name);
    case "object":
      return typeof schema.additionalProperties === "object" ? mapDecl(schema, name) : objectDecl(schema, name);
    case "string":
      return stringDecl(schema);
    case "boolean":
      return scalar(t.BOOL, {
        minSerializedSize: 4,
        read: (raw) => (typeof raw === "boolean" ? raw : invalidData("boolean", raw)),
      });
    case "number":
      return scalar(t.DOUBLE, { minSerializedSize: 1, read: readNumber });
    case "integer":
      return scalar(t.INT, { minSerializedSize: 1, read: readInteger });
    default:
      return undefined;
  }
}

type Scalar = Pick<DeclType, "minSerializedSize" | "read"> & { readonly maxElements?: number };

function scalar(type: CelType, { minSerializedSize, read, maxElements = 0 }: Scalar): DeclType {
  return { type, minSerializedSize, maxElements, read };
}

function withNull(decl: DeclType, nullable: boolean): DeclType {
  const absent = nullable ? null : new CelError("invalid data, got null for schema with nullable=false");
  return { ...decl, read: (raw) => (raw === null ? absent : decl.read(raw)) };
}

function readNumber(raw: unknown): Value {
  return typeof raw === "number" || typeof raw === "bigint" ? new CelDouble(Number(raw)) : invalidData("number", raw);
}

function readInteger(raw: unknown): Value {
  return typeof raw === "number" || typeof raw === "bigint" ? jsonValue(raw) : invalidData("integer", raw);
}

function intOrString({ maxLength }: Schema): DeclType {
  return scalar(t.DYN, { minSerializedSize: 1, maxElements: maxElementsOf(maxLength, MAX_CONTENT), read: jsonValue });
}

function maxElementsOf(maxLength: number | undefined, otherwise: number): number {
  return maxLength === undefined ? otherwise : Math.max(0, maxLength) * BYTES_PER_CHARACTER;
}

type Parse = (text: string) => Value | undefined;

function parsed(what: string, parse: Parse): (raw: unknown) => Value {
  return (raw) => {
    if (typeof raw !== "string") return invalidData("string", raw);
    return parse(raw) ?? new CelError(`Invalid ${what} format ${raw}`);
  };
}

const FORMATS: Readonly<Record<string, (schema: Schema) => DeclType>> = {
  byte: ({ maxLength }) =>
    scalar(t.BYTES, {
      minSerializedSize: MIN_STRING,
      maxElements: maxLength === undefined ? MAX_CONTENT : Math.max(0, maxLength),
      read: parsed("byte", (text) => Buffer.from(text, "base64")),
    }),
  duration: () =>
    scalar(t.DURATION, { minSerializedSize: 3, maxElements: 32, read: parsed("duration", parseDuration) }),
  date: () =>
    scalar(t.TIMESTAMP, { minSerializedSize: DATE_SIZE, maxElements: DATE_SIZE, read: parsed("date", parseDate) }),
  "date-time": () =>
    scalar(t.TIMESTAMP, { minSerializedSize: 21, maxElements: 32, read: parsed("date-time", parseTimestamp) }),
};

function stringDecl(schema: Schema): DeclType {
  const { format = "" } = schema;
  if (Object.hasOwn(FORMATS, format)) return FORMATS[format]!(schema);
  const read = (raw: unknown): Value => (typeof raw === "string" ? raw : invalidData("string", raw));
  return scalar(t.STRING, {
    minSerializedSize: MIN_STRING,
    maxElements: maxElementsOf(schema.maxLength, longestOf(schema)),
    read,
  });
}

function longestOf({ enum: choices = [] }: Schema): number {
  if (choices.length === 0) return MAX_CONTENT;
  return Math.max(0, ...choices.map((choice) => (typeof choice === "string" ? Buffer.byteLength(choice) : 0)));
}

function listDecl(schema: Schema, name: string): DeclType | undefined {
  const element = schema.items && schemaDeclType(schema.items, `${name}.@idx`);
  if (!element) return undefined;
  const most = Math.floor(MAX_CONTENT / (element.minSerializedSize + 1));
  return {
    type: t.listOf(element.type),
    maxElements: schema.maxItems === undefined ? most : Math.max(0, schema.maxItems),
    minSerializedSize: 2,
    element,
    read: (raw) => (Array.isArray(raw) ? readList(schema, element, raw) : invalidData("array", raw)),
  };
}

function readList(schema: Schema, element: DeclType, raw: readonly unknown[]): Value {
  const { "x-kubernetes-list-type": listType, "x-kubernetes-list-map-keys": keys = [] } = schema;
  const list = new JsonList(raw, (item) => element.read(item));
  if (listType === "set") return new KeyedList(list, itself);
  return listType === "map" ? new KeyedList(list, byFields(keys.flatMap((key) => escapeField(key) ?? []))) : list;
}
function mapDecl(schema: Schema, name: string): DeclType | undefined {
  const element = schemaDeclType(schema.additionalProperties as Schema, `${name}.@elem`);
  if (!element) return undefined;
  const most = Math.floor(MAX_CONTENT / (element.minSerializedSize + 6));
  return {
    type: t.mapOf(t.STRING, element.type),
    maxElements: schema.maxProperties === undefined ? most : Math.max(0, schema.maxProperties),
    minSerializedSize: 2,
    key: scalar(t.STRING, { minSerializedSize: MIN_STRING, read: jsonValue }),
    element,
    read: (raw) => (isRecord(raw) ? new JsonMap(raw, (item) => element.read(item)) : invalidData("object", raw)),
  };
}

function isRecord(raw: unknown): raw is Record<string, unknown> {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}

function objectDecl(schema: Schema, name: string): DeclType {
  const fields = new Map<string, DeclField>();
  const required = new Set(schema.required);
  let minSerializedSize = 2;
  for (const [property, child] of Object.entries(schema.properties ?? {})) {
    const escaped = escapeField(property);
    const decl = schemaDeclType(child, `${name}.${escaped ?? property}`);
    if (!decl) continue;
    if (escaped !== undefined) fields.set(escaped, { name: property, decl });
    if (required.has(property) && child.default === undefined) {
      minSerializedSize += Buffer.byteLength(property) + decl.minSerializedSize + 4;
    }
  }
  const read = (raw: unknown): Value => (isRecord(raw) ? new JsonObject(raw, fields) : invalidData("object", raw));
  return { type: t.structOf(name), maxElements: 0, minSerializedSize, fields, read };
}

/** Every resource shows its type and its name. */
function withObjectMeta(schema: Schema): Schema {
  const text: Schema = { type: "string" };
  const metadata: Schema = { type: "object", properties: { name: text, generateName: text } };
  return { ...schema, type: "object", properties: { ...schema.properties, kind: text, apiVersion: text, metadata } };
}
