import type { Field, ScalarType, Schema, StructSchema } from "../schema/schema.ts";
import { goTypeOf } from "./go-type.ts";

/** What a schema node is to the codecs: a number to switch on. */
export const Op = {
  string: 0,
  bool: 1,
  int32: 2,
  int64: 3,
  float64: 4,
  bytes: 5,
  time: 6,
  microTime: 7,
  duration: 8,
  quantity: 9,
  intOrString: 10,
  fieldsV1: 11,
  rawExtension: 12,
  rawJson: 13,
  schemaOrArray: 14,
  schemaOrBool: 15,
  schemaOrStringArray: 16,
  json: 17,
  list: 18,
  map: 19,
  struct: 20,
  free: 21,
} as const satisfies Record<ScalarType | "list" | "map" | "struct" | "free", number>;
export type Op = (typeof Op)[keyof typeof Op];

/** A schema node, prepared for decoding. */
export interface ValuePlan {
  readonly op: Op;
  readonly schema: Schema;
  /** As Go prints the type, such as "[]v1.Container". */
  readonly goType: string;
  /** Of a list's items or a map's values. */
  readonly items: ValuePlan | undefined;
  readonly struct: StructSchema | undefined;
}

/** What becomes of a field that is absent, null or empty. */
type Absence =
  /** Left out. */
  | "omit"
  | "null"
  /** Go's zero value of the type: "", 0, false, "0s", {}. */
  | "zero";

export interface FieldPlan extends ValuePlan {
  readonly index: number;
  readonly name: string;
  readonly pointer: boolean;
  readonly absence: Absence;
  /** An empty list is not the same as none: of owners, it says that there are to be none. */
  readonly keepsEmpty: boolean;
  /** The Go name of the struct that has the field, and the field's own part of Go's path, if it has one. */
  readonly owner: string;
  readonly goName: string;
}

export class StructPlan {
  readonly schema: StructSchema;
  readonly fields: readonly FieldPlan[];
  readonly byName: ReadonlyMap<string, FieldPlan>;
  /** How many of the fields are written even where nothing is set. */
  readonly alwaysWritten: number;
  /** Whether fields that nobody declared are kept, behind the others. */
  readonly keepsUnknown: boolean;
  readonly #buckets: readonly (readonly FieldPlan[])[];

  constructor(schema: StructSchema, asKind: boolean) {
    this.schema = schema;
    this.keepsUnknown = schema.unknown === "keep";
    this.fields = planFields(schema, asKind);
    this.byName = new Map(this.fields.map((field) => [field.name, field]));
    this.alwaysWritten = this.fields.filter(({ absence }) => absence !== "omit").length;
    const buckets: FieldPlan[][] = Array.from({ length: BUCKETS }, () => []);
    for (const field of this.fields) {
      const { name } = field;
      buckets[bucketOf(name.length, name.charCodeAt(0), name.charCodeAt(name.length - 1))]!.push(field);
    }
    this.#buckets = buckets;
  }

  /** The field whose name stands in `text` between two offsets; nothing is allocated to find it. */
  find(text: string, start: number, end: number): FieldPlan | undefined {
    if (start === end) return undefined;
    const bucket = this.#buckets[bucketOf(end - start, text.charCodeAt(start), text.charCodeAt(end - 1))]!;
    for (let i = 0; i < bucket.length; i++) {
      const field = bucket[i]!;
      if (field.name.length === end - start && sameText(field.name, text, start)) return field;
    }
    return undefined;
  }
}

const BUCKETS = 64;

function bucketOf(length: number, first: number, last: number): number {
  return (length * 7 + first * 3 + last) & (BUCKETS - 1);
}

function sameText(name: string, text: string, start: number): boolean {
  for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) !== text.charCodeAt(start + i)) return false;
  return true;
}

const structPlans = new WeakMap<StructSchema, StructPlan>();
const kindPlans = new WeakMap<StructSchema, StructPlan>();

/** The plan of a struct; `asKind` when it stands alone and so carries kind and apiVersion. */
export function planOf(schema: StructSchema, asKind = false): StructPlan {
  const plans = asKind ? kindPlans : structPlans;
  let plan = plans.get(schema);
  if (plan === undefined) {
    plan = new StructPlan(schema, asKind || isNestedKind(schema));
    plans.set(schema, plan);
  }
  return plan;
}

const valuePlans = new WeakMap<Schema, ValuePlan>();

export function planValue(schema: Schema): ValuePlan {
  let plan = valuePlans.get(schema);
  if (plan === undefined) {
    plan = makeValuePlan(schema, goTypeOf(schema));
    valuePlans.set(schema, plan);
  }
  return plan;
}

function makeValuePlan(schema: Schema, goType: string): ValuePlan {
  return {
    op: Op[schema.type],
    schema,
    goType,
    items: planItems(schema, goType),
    struct: schema.type === "struct" ? schema : undefined,
  };
}

/** How Go reads bytes that come as a list of numbers. */
export const UINT8S: ValuePlan = makeValuePlan({ type: "list", items: { type: "int32" } }, "[]uint8");

/** Whether an integer of 32 or 64 bits is also one of a smaller type; a byte is the only one there is. */
export function isInRange(plan: ValuePlan, value: number | bigint): boolean {
  return plan.goType !== "uint8" || (value >= 0 && value <= 255);
}

/** A named element type, as in "[]v1.FinalizerName", is known only to the field that has the list. */
function planItems(schema: Schema, goType: string): ValuePlan | undefined {
  if (schema.type !== "list" && schema.type !== "map") return undefined;
  const items = schema.type === "list" ? schema.items : schema.values;
  const itemType = /^(?:\[\]|map\[[\w.]+\])(.+)$/.exec(goType)?.[1];
  return itemType === undefined || itemType === goTypeOf(items) ? planValue(items) : makeValuePlan(items, itemType);
}

/**
 * A kind inside another kind has kind and apiVersion too, though its schema does not list them: a claim in
 * volumeClaimTemplates, the options in an Eviction.
 */
function isNestedKind(schema: StructSchema): boolean {
  if (schema.name.endsWith(".DeleteOptions")) return true;
  if (/(?:TemplateSpec|ClaimTemplate)$/.test(schema.name)) return false;
  const metadata = schema.fields.get("metadata")?.schema;
  return metadata?.type === "struct" && /\.(?:Object|List)Meta$/.test(metadata.name);
}

function planFields(schema: StructSchema, asKind: boolean): FieldPlan[] {
  const owner = goNameOf(schema);
  const plans: FieldPlan[] = [];
  const add = (struct: StructSchema, field: Field, prefix: string): void => {
    if (plans.some((plan) => plan.name === field.name)) return;
    plans.push({
      ...makeValuePlan(field.schema, goTypeOf(field.schema, struct, field.name)),
      index: plans.length,
      name: field.name,
      pointer: field.pointer ?? false,
      absence: absenceOf(field),
      keepsEmpty: field.name === "managedFields",
      owner,
      // The metadata of a custom kind is read by itself.
      goName: schema.unknown !== undefined && field.name === "metadata" ? "" : prefix + field.name,
    });
  };
  const addAll = (struct: StructSchema, prefix: string): void => {
    for (const field of struct.own) {
      if (field.name !== "") add(struct, field, prefix);
      else if (field.schema.type === "struct") addAll(field.schema, `${prefix}${goNameOf(field.schema)}.`);
    }
  };
  if (asKind) for (const field of TYPE_META) add(schema, field, "TypeMeta.");
  addAll(schema, "");
  return plans;
}

const TYPE_META: readonly Field[] = ["kind", "apiVersion"].map((name) => ({
  name,
  number: 0,
  schema: { type: "string" },
  omitempty: true,
}));

/** Go's omitempty has no effect on structs, and times, quantities and their like are structs to Go. */
const GO_STRUCTS: ReadonlySet<Schema["type"]> = new Set([
  "struct",
  "time",
  "microTime",
  "duration",
  "quantity",
  "intOrString",
  "rawExtension",
  "fieldsV1",
  "rawJson",
  "schemaOrArray",
  "schemaOrBool",
  "schemaOrStringArray",
]);
const NULL_WHEN_ABSENT: ReadonlySet<Schema["type"]> = new Set([
  "list",
  "map",
  "bytes",
  "json",
  "time",
  "microTime",
  "rawExtension",
  "fieldsV1",
]);

function absenceOf(field: Field): Absence {
  const { type } = field.schema;
  if (type === "free" || field.omitzero || (field.omitempty && (field.pointer || !GO_STRUCTS.has(type)))) return "omit";
  return field.pointer || NULL_WHEN_ABSENT.has(type) ? "null" : "zero";
}

/** "PodSpec" of "io.k8s.api.core.v1.PodSpec". */
function goNameOf(schema: StructSchema): string {
  return schema.name.slice(schema.name.lastIndexOf(".") + 1);
}
