import { path, type FieldError, type FieldPath } from "../../errors/field-error.ts";
import type { DeclaredRule, Field, Schema, StructSchema } from "../../schema/schema.ts";
import { semanticEqual } from "../semantic-equal.ts";
import { check, comesFirst, keyOf, UNSET, type Place, type Run } from "./checks.ts";
import { unionErrors } from "./union.ts";

type Struct = Readonly<Record<string, unknown>>;

export interface DeclaredOptions {
  /** Of an update; what it leaves as it was is not judged again. */
  readonly old?: object;
  readonly options?: Readonly<Record<string, boolean>>;
}

/**
 * What is wrong by the rules that an object's type declares. Upstream answers these errors behind those of the validation that
 * is written by hand, and leaves out of the latter what both say: here what is declared is not written again.
 * Upstream: apiserver/pkg/registry/rest/validate.go#ValidateDeclarativelyWithMigrationChecks
 */
export function validateDeclared(
  schema: StructSchema,
  object: object,
  { old, options = {} }: DeclaredOptions = {},
): FieldError[] {
  const run = { isUpdate: old !== undefined, options };
  return structErrors(schema, { value: object as Struct, old: old as Struct | undefined, at: path(""), run });
}

interface StructPlace {
  readonly value: Struct;
  readonly old: Struct | undefined;
  readonly at: FieldPath;
  readonly run: Run;
}

function structErrors(schema: StructSchema, { value, old, at, run }: StructPlace): FieldError[] {
  const plan = planOf(schema);
  return [
    ...unionErrors(plan.members, { value, old, at, run }),
    ...plan.fields.flatMap((planned) => {
      const { name } = planned.field;
      if (run.isUpdate && old !== undefined && semanticEqual(value[name], old[name])) return [];
      const place = { field: planned.field, value: value[name] ?? undefined, old: old?.[name] ?? undefined };
      return fieldErrors(planned, { ...place, at: at.child(name), run });
    }),
  ];
}

function fieldErrors({ first, rest, inner }: PlannedField, place: Place): FieldError[] {
  const outcomes = first.map((rule) => check(place, rule));
  const errors = outcomes.flatMap((outcome) => (outcome === UNSET ? [] : outcome));
  if (errors.length > 0 || outcomes.includes(UNSET)) return errors;
  for (const rule of rest) {
    const outcome = check(place, rule);
    if (outcome !== UNSET) errors.push(...outcome);
  }
  return inner ? [...errors, ...innerErrors(place)] : errors;
}

function innerErrors({ field, value, old, at, run }: Place): FieldError[] {
  const { schema } = field;
  if (schema.type === "struct") {
    if (value === undefined && field.pointer) return [];
    return structErrors(schema, { value: (value ?? {}) as Struct, old: old as Struct | undefined, at, run });
  }
  const items =
    schema.type === "list" ? listItems({ field, value, old, at, run }) : mapItems({ field, value, old, at, run });
  return items
    .filter((item) => !run.isUpdate || item.old === undefined || !semanticEqual(item.value, item.old))
    .flatMap((item) => structErrors(elementOf(schema) as StructSchema, { ...item, run }));
}

type Item = Omit<StructPlace, "run">;

function listItems({ field, value, old, at }: Place): Item[] {
  const keys = field.rules?.find(({ rule }) => rule === "unique")?.keys;
  const before = new Map(keys && ((old ?? []) as Struct[]).map((item) => [keyOf(item, keys), item]));
  return ((value ?? []) as Struct[]).map((item, i) => ({
    value: item,
    old: keys && before.get(keyOf(item, keys)),
    at: at.index(i),
  }));
}

function mapItems({ value, old, at }: Place): Item[] {
  const before = new Map(Object.entries((old ?? {}) as Readonly<Record<string, Struct>>));
  return Object.entries((value ?? {}) as Readonly<Record<string, Struct>>).map(([key, item]) => ({
    value: item,
    old: before.get(key),
    at: at.key(key),
  }));
}

interface PlannedField {
  readonly field: Field;
  /** Rules that end the judgement of a field when they are broken. */
  readonly first: readonly DeclaredRule[];
  readonly rest: readonly DeclaredRule[];
  /** Whether there are rules of what is inside. */
  readonly inner: boolean;
}

interface Plan {
  /** Of a union. */
  readonly members: readonly Field[];
  readonly fields: readonly PlannedField[];
}

const plans = new WeakMap<StructSchema, Plan>();

/** Only fields of whose values something is declared. No declared type contains itself. */
function planOf(schema: StructSchema): Plan {
  const known = plans.get(schema);
  if (known) return known;
  const all = [...schema.fields.values()];
  const fields = all.map(plannedField).filter(({ first, rest, inner }) => first.length + rest.length > 0 || inner);
  const plan = { members: all.filter(({ rules }) => rules?.some(({ rule }) => rule === "unionMember")), fields };
  plans.set(schema, plan);
  return plan;
}

function plannedField(field: Field): PlannedField {
  const rules = field.rules ?? [];
  const isOpaque = rules.some(({ rule }) => rule === "opaqueType");
  return {
    field,
    first: rules.filter(comesFirst),
    rest: rules.filter((rule) => !comesFirst(rule)),
    inner: !isOpaque && declaresAnything(elementOf(field.schema)),
  };
}

function elementOf(schema: Schema): Schema {
  if (schema.type === "list") return schema.items;
  return schema.type === "map" ? schema.values : schema;
}

function declaresAnything(schema: Schema): boolean {
  if (schema.type !== "struct") return false;
  const { members, fields } = planOf(schema);
  return members.length + fields.length > 0;
}
