import { invariant } from "@dingi/base";
import {
  duplicate,
  forbidden,
  invalid,
  notSupported,
  required,
  tooLong,
  tooLongCharacters,
  tooMany,
  type FieldError,
  type FieldPath,
} from "../../errors/field-error.ts";
import type { DeclaredRule, Field } from "../../schema/schema.ts";
import { byteLength } from "../formats.ts";
import { FIELD_IMMUTABLE } from "../object-meta.ts";
import { semanticEqual } from "../semantic-equal.ts";
import { formatErrors } from "./declared-formats.ts";

/** A value, where it stands, and what stood there before. */
export interface Place {
  readonly field: Field;
  readonly value: unknown;
  readonly old: unknown;
  readonly at: FieldPath;
  readonly run: Run;
}

/** What holds for all of an object. */
export interface Run {
  readonly isUpdate: boolean;
  /** Whether the options are on that rules depend upon. */
  readonly options: Readonly<Record<string, boolean>>;
}

/** Nothing is wrong, and there is nothing to look at. */
export const UNSET = Symbol("unset");

type Check = (place: Place, rule: DeclaredRule) => FieldError[] | typeof UNSET;

/** Go's own zero values are not set, except behind a pointer. */
export function isSet({ field, value }: Pick<Place, "field" | "value">): boolean {
  if (value === undefined || value === null) return false;
  if (field.schema.type === "list") return (value as unknown[]).length > 0;
  if (field.schema.type === "map") return Object.keys(value).length > 0;
  return Boolean(field.pointer) || (value !== "" && value !== 0 && value !== false);
}

const wasSet = ({ field, old }: Place): boolean => isSet({ field, value: old });

/** How each rule is followed; rules of structs as wholes are in union.ts. Upstream: apimachinery/pkg/api/validate */
const CHECKS: ReadonlyMap<DeclaredRule["rule"], Check> = new Map<DeclaredRule["rule"], Check>([
  ["required", (place) => (isSet(place) ? [] : [required(place.at)])],
  ["optional", (place) => (isSet(place) ? [] : UNSET)],
  ["forbidden", (place) => (isSet(place) ? [forbidden(place.at, "")] : [])],
  ["immutable", ({ at, run }) => (run.isUpdate ? [invalid(at, null, FIELD_IMMUTABLE)] : [])],
  ["update", updateErrors],
  ["maxItems", limit((list) => (list as unknown[]).length, tooMany)],
  [
    "maxLength",
    limit(
      (text) => [...(text as string)].length,
      (at, _, max) => tooLongCharacters(at, max),
    ),
  ],
  ["maxBytes", limit((text) => byteLength(text as string), tooLong)],
  [
    "minimum",
    (place, rule) =>
      boundErrors(place, Number(place.value) >= Number(rule.value), `greater than or equal to ${rule.value}`),
  ],
  [
    "maximum",
    (place, rule) =>
      boundErrors(place, Number(place.value) <= Number(rule.value), `less than or equal to ${rule.value}`),
  ],
  [
    "format",
    ({ value, at }, rule) => (value === undefined ? [] : formatErrors(String(rule.value), value as string, at)),
  ],
  ["enum", enumErrors],
  ["unique", ({ value, at }, rule) => repeated((value ?? []) as unknown[], rule.keys ?? [], at)],
  ["eachKey", eachKey],
  ["eachVal", eachVal],
  ["subfield", subfield],
  ["ifEnabled", (place, rule) => (isOn(place, rule) ? check(place, rule.of!) : [])],
  ["ifDisabled", (place, rule) => (isOn(place, rule) ? [] : check(place, rule.of!))],
]);

export function check(place: Place, rule: DeclaredRule): FieldError[] | typeof UNSET {
  return CHECKS.get(rule.rule)?.(place, rule) ?? [];
}

const errorsOf = (outcome: FieldError[] | typeof UNSET): FieldError[] => (outcome === UNSET ? [] : outcome);

/** Unless a field is as these want it, nothing else is said of it. */
const FIRST: ReadonlySet<DeclaredRule["rule"]> = new Set([
  "required",
  "optional",
  "forbidden",
  "immutable",
  "update",
  "maxItems",
]);
const CONDITIONAL: ReadonlySet<DeclaredRule["rule"]> = new Set(["subfield", "ifEnabled", "ifDisabled"]);

export function comesFirst({ rule, of }: DeclaredRule): boolean {
  return FIRST.has(rule) || (CONDITIONAL.has(rule) && of !== undefined && comesFirst(of));
}

const UPDATE_TEXTS: Readonly<Record<string, string>> = {
  NoSet: "field cannot be set once created",
  NoUnset: "field cannot be cleared once set",
  NoModify: "field cannot be modified once set",
};

/** Of a field that has changed. Upstream: …/update.go */
function updateErrors(place: Place, { value: constraint }: DeclaredRule): FieldError[] {
  if (!place.run.isUpdate) return [];
  const [is, was] = [isSet(place), wasSet(place)];
  const broken: Readonly<Record<string, boolean>> = { NoSet: is && !was, NoUnset: was && !is, NoModify: is && was };
  invariant(broken[constraint!] !== undefined, `The constraint "${constraint}" is unknown`);
  return broken[constraint!] ? [invalid(place.at, null, UPDATE_TEXTS[constraint!]!)] : [];
}

function limit(
  measure: (value: unknown) => number,
  error: (at: FieldPath, actual: number, max: number) => FieldError,
): Check {
  return ({ value, at }, rule) => {
    const actual = value === undefined ? 0 : measure(value);
    return actual > Number(rule.value) ? [error(at, actual, Number(rule.value))] : [];
  };
}

function boundErrors({ value, at }: Place, isWithin: boolean, bound: string): FieldError[] {
  return value === undefined || isWithin ? [] : [invalid(at, value, `must be ${bound}`)];
}

function enumErrors({ value, at }: Place, { values = [] }: DeclaredRule): FieldError[] {
  return value === undefined || values.includes(value as string) ? [] : [notSupported(at, value, values)];
}

function repeated(list: readonly unknown[], keys: readonly string[], at: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return list.flatMap((item, i) => {
    const key = keyOf(item, keys);
    if (seen.has(key)) return [duplicate(at.index(i), item)];
    seen.add(key);
    return [];
  });
}

/** What tells an item of a list from the others. */
export function keyOf(item: unknown, keys: readonly string[]): string {
  if (keys.length === 0) return JSON.stringify(item);
  return JSON.stringify(keys.map((key) => (item as Readonly<Record<string, unknown>>)[key] ?? null));
}

const isKnownKey = (old: unknown, key: string): boolean => Object.hasOwn((old ?? {}) as object, key);

function eachKey(place: Place, { of }: DeclaredRule): FieldError[] {
  return Object.keys((place.value ?? {}) as object)
    .filter((key) => !place.run.isUpdate || !isKnownKey(place.old, key))
    .flatMap((key) => errorsOf(check({ ...place, value: key, old: undefined }, of!)));
}

/** An item of a set that was there before is not looked at again. */
function eachVal(place: Place, { of }: DeclaredRule): FieldError[] {
  const { field, value, old, at, run } = place;
  if (field.schema.type !== "list") return [];
  const isSetOfValues = field.rules?.some(({ rule, keys }) => rule === "unique" && keys?.length === 0);
  const before = new Set(run.isUpdate && isSetOfValues ? ((old ?? []) as unknown[]) : []);
  const item: Field = { name: "", number: 0, schema: field.schema.items };
  return ((value ?? []) as unknown[]).flatMap((one, i) =>
    before.has(one) ? [] : errorsOf(check({ field: item, value: one, old: undefined, at: at.index(i), run }, of!)),
  );
}

function subfield({ field, value, old, at, run }: Place, { args, of }: DeclaredRule): FieldError[] | typeof UNSET {
  const [name = ""] = args ?? [];
  const inner = field.schema.type === "struct" ? field.schema.fields.get(name) : undefined;
  invariant(inner, `There is no field "${name}"`);
  const [now, before] = [value, old].map((struct) => (struct as Readonly<Record<string, unknown>> | undefined)?.[name]);
  if (run.isUpdate && old !== undefined && semanticEqual(now, before)) return [];
  return check({ field: inner, value: now, old: before, at: at.child(name), run }, of!);
}

function isOn({ run }: Place, { args }: DeclaredRule): boolean {
  const [option = ""] = args ?? [];
  invariant(Object.hasOwn(run.options, option), `Nobody says whether the option "${option}" is on`);
  return run.options[option]!;
}

/** A field declared as immutable, of a kind whose other rules are written by hand: the error shows no value. Upstream: …/immutable.go#Immutable */
export function declaredImmutable(value: unknown, old: unknown, field: FieldPath): FieldError[] {
  return semanticEqual(value, old) ? [] : [invalid(field, null, FIELD_IMMUTABLE)];
}
