import { V1ObjectMeta } from "../meta/meta.gen.ts";
import type { Field, FreeSchema, ListSchema, ScalarType, Schema, StructSchema } from "../schema/schema.ts";
import { fieldElement, type KeyValue, type PathElement } from "./path-element.ts";

type ScalarKind = "string" | "numeric" | "boolean" | "untyped";

export interface ScalarPlan {
  readonly type: "scalar";
  readonly scalar: ScalarKind;
}

export interface ListPlan {
  readonly type: "list";
  readonly atomic: boolean;
  /** Of an associative list of objects; a set has none. */
  readonly keys: readonly string[];
  /** What a key is when an item does not have it. */
  readonly keyDefaults: ReadonlyMap<string, KeyValue>;
  readonly items: TypedPlan;
}

export interface MapPlan {
  readonly type: "map";
  readonly atomic: boolean;
  /** The fields of a struct, made when they are first asked for: types may contain themselves. */
  readonly fields: ReadonlyMap<string, FieldEntry>;
  /** Of what is no declared field; undefined in a struct. */
  readonly values: TypedPlan | undefined;
}

/** The type is that of the value. */
interface AnyPlan {
  readonly type: "any";
  readonly scalar: ScalarPlan;
  readonly list: ListPlan;
  readonly map: MapPlan;
}

/** How a value of a schema is owned and merged. Upstream: kube-openapi/pkg/schemaconv/openapi.go */
export type TypedPlan = ScalarPlan | ListPlan | MapPlan | AnyPlan;

interface FieldEntry {
  readonly element: PathElement;
  readonly plan: TypedPlan;
}

const scalar = (kind: ScalarKind): ScalarPlan => ({ type: "scalar", scalar: kind });

const STRING = scalar("string");
const NUMERIC = scalar("numeric");
const UNTYPED = scalar("untyped");

const SCALARS: Partial<Record<ScalarType, ScalarPlan>> = {
  string: STRING,
  bytes: STRING,
  duration: STRING,
  bool: scalar("boolean"),
  int32: NUMERIC,
  int64: NUMERIC,
  float64: NUMERIC,
  time: UNTYPED,
  microTime: UNTYPED,
  quantity: UNTYPED,
  intOrString: UNTYPED,
};

const NO_FIELDS: ReadonlyMap<string, FieldEntry> = new Map();
const NO_DEFAULTS: ReadonlyMap<string, KeyValue> = new Map();

class LazyAny implements AnyPlan {
  readonly type = "any";
  readonly scalar = UNTYPED;
  readonly list: ListPlan;
  readonly map: MapPlan;

  /** Maps are atomic or owned field by field; lists are atomic. */
  constructor(isAtomic: boolean) {
    this.list = { type: "list", atomic: true, keys: [], keyDefaults: NO_DEFAULTS, items: this };
    this.map = { type: "map", atomic: isAtomic, fields: NO_FIELDS, values: this };
  }
}

const ATOMIC_ANY = new LazyAny(true);
const DEDUCED_ANY = new LazyAny(false);

const UNTYPED_VALUES: Partial<Record<ScalarType, TypedPlan>> = {
  rawExtension: ATOMIC_ANY,
  json: DEDUCED_ANY,
  fieldsV1: DEDUCED_ANY.map,
};

const plans = new WeakMap<Schema, TypedPlan>();

function typedPlanOf(schema: Schema): TypedPlan {
  let plan = plans.get(schema);
  if (plan === undefined) {
    plan = makePlan(schema);
    plans.set(schema, plan);
  }
  return plan;
}

const kindPlans = new WeakMap<StructSchema, MapPlan>();

/** The plan of a kind, which has kind and apiVersion beside its fields. */
export function typedPlanOfKind(schema: StructSchema): MapPlan {
  let plan = kindPlans.get(schema);
  if (plan === undefined) {
    plan = new StructTypedPlan(schema, { isKind: true });
    kindPlans.set(schema, plan);
  }
  return plan;
}

function makePlan(schema: Schema): TypedPlan {
  switch (schema.type) {
    case "struct":
      return new StructTypedPlan(schema);
    case "map":
      return { type: "map", atomic: schema.atomic ?? false, fields: NO_FIELDS, values: typedPlanOf(schema.values) };
    case "list":
      return makeList(schema, schema.listType ?? "atomic", schema.keys ?? []);
    case "free":
      return makeFree(schema);
    default:
      return SCALARS[schema.type] ?? UNTYPED_VALUES[schema.type]!;
  }
}

/** Upstream: apiextensions-apiserver/pkg/controller/openapi/builder/builder.go, kube-openapi/pkg/schemaconv/proto_models.go */
function makeFree(schema: FreeSchema): TypedPlan {
  switch (schema.of) {
    case "object":
      return makeFreeMap(schema);
    case "list":
      return makeList({ items: schema.items ?? ANYTHING }, schema.listType ?? "atomic", schema.keys ?? []);
    case "string":
    case "numeric":
    case "boolean":
      return scalar(schema.of);
    case "scalar":
      return UNTYPED;
    default:
      return DEDUCED_ANY;
  }
}

const ANYTHING: FreeSchema = { type: "free" };

function makeFreeMap({ properties = {}, values, unknown, embedded, atomic = false }: FreeSchema): TypedPlan {
  const own = Object.entries(properties).map(([name, property]) => [name, typedPlanOf(property)] as const);
  const meta = embedded
    ? ([
        ["apiVersion", STRING],
        ["kind", STRING],
        ["metadata", typedPlanOf(V1ObjectMeta)],
      ] as const)
    : [];
  const fields = [...own, ...meta].map(([name, plan]) => [name, { element: fieldElement(name), plan }] as const);
  if (fields.length === 0 && !values && !atomic) return DEDUCED_ANY;
  const others = values ? typedPlanOf(values) : unknown === "keep" ? DEDUCED_ANY : undefined;
  return { type: "map", atomic, fields: new Map(fields), values: others };
}

function makeList(
  { items }: Pick<ListSchema, "items">,
  listType: "atomic" | "set" | "map",
  keys: readonly string[],
): ListPlan {
  const defaults = new Map<string, KeyValue>();
  for (const key of keys) {
    const value = defaultOf(items, key);
    if (value !== undefined && value !== null) defaults.set(key, value as KeyValue);
  }
  return { type: "list", atomic: listType === "atomic", keys, keyDefaults: defaults, items: typedPlanOf(items) };
}

/** Of an item's field. */
function defaultOf(items: Schema, key: string): unknown {
  if (items.type === "free") return items.properties?.[key]?.default;
  return items.type === "struct" ? items.fields.get(key)?.default : undefined;
}

interface StructPlanOptions {
  readonly isKind?: boolean;
  /** As the type says when absent. */
  readonly atomic?: boolean;
}

class StructTypedPlan implements MapPlan {
  readonly type = "map";
  readonly atomic: boolean;
  readonly values: TypedPlan | undefined;
  readonly #schema: StructSchema;
  readonly #isKind: boolean;
  #fields: ReadonlyMap<string, FieldEntry> | undefined;

  constructor(schema: StructSchema, { isKind = false, atomic = schema.atomic }: StructPlanOptions = {}) {
    this.atomic = atomic;
    this.values = schema.unknown === "keep" ? DEDUCED_ANY : undefined;
    this.#schema = schema;
    this.#isKind = isKind;
  }

  get fields(): ReadonlyMap<string, FieldEntry> {
    return (this.#fields ??= this.#makeFields());
  }

  #makeFields(): ReadonlyMap<string, FieldEntry> {
    const fields = new Map<string, FieldEntry>();
    if (this.#isKind || this.#schema.fields.get("metadata")?.schema.type === "struct") {
      for (const name of ["kind", "apiVersion"]) fields.set(name, { element: fieldElement(name), plan: STRING });
    }
    for (const field of this.#schema.fields.values())
      fields.set(field.name, { element: fieldElement(field.name), plan: planOfField(field) });
    return fields;
  }
}

/** A list that says nothing about apply is merged as strategic merge patches merge it. */
function planOfField({ schema, patchStrategy = "", patchMergeKey, granular }: Field): TypedPlan {
  if (granular && schema.type === "struct") return new StructTypedPlan(schema, { atomic: false });
  if (schema.type !== "list" || schema.listType !== undefined || !/^merge(?:,|$)/.test(patchStrategy))
    return typedPlanOf(schema);
  return patchMergeKey === undefined ? makeList(schema, "set", []) : makeList(schema, "map", [patchMergeKey]);
}

/** The plan that applies to a value. Upstream: typed/helpers.go#deduceAtom */
export function deduce(plan: TypedPlan, value: unknown): ScalarPlan | ListPlan | MapPlan {
  if (plan.type !== "any") return plan;
  if (Array.isArray(value)) return plan.list;
  return value === null || value === undefined || typeof value === "object" ? plan.map : plan.scalar;
}
