import { setOwn } from "./json-reader.ts";
import { Op, planOf, type FieldPlan, type StructPlan, type ValuePlan } from "./plan.ts";

/**
 * Go's zero value of a type inside a list or map, as it is written.
 * Bytes and lists of a map come back from storage empty, never null.
 */
export function zeroOf(plan: ValuePlan): unknown {
  switch (plan.op) {
    case Op.struct:
      return emptyStruct(planOf(plan.struct!));
    case Op.list:
      return [];
    case Op.map:
      return {};
    case Op.bool:
      return false;
    case Op.int32:
    case Op.int64:
    case Op.float64:
    case Op.intOrString:
      return 0;
    case Op.quantity:
      return "0";
    case Op.duration:
      return "0s";
    case Op.string:
    case Op.bytes:
      return "";
    default:
      return null;
  }
}

/** What Go writes for a struct of which nothing is set. */
export function emptyStruct(plan: StructPlan): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const field of plan.fields) if (field.absence !== "omit") out[field.name] = absent(field);
  return out;
}

/** Whether Go would write a field of this value as it is. */
export function isWritten(field: FieldPlan, value: unknown): boolean {
  if (value === null && field.schema.type === "free") return field.schema.nullable ?? false;
  return value !== undefined && value !== null && !isDropped(field, value);
}

/** The object of a struct's decoded fields, by their index; null and undefined alike are Go's zero value. */
export function finishStruct(plan: StructPlan, slots: readonly unknown[]): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  const { fields } = plan;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!;
    const value = slots[i];
    if (isWritten(field, value)) out[field.name] = value;
    else if (field.absence !== "omit") out[field.name] = absent(field);
  }
  const unknown = plan.keepsUnknown ? (slots[fields.length] as Record<string, unknown> | undefined) : undefined;
  for (const name in unknown) setOwn(out, name, unknown[name]);
  return out;
}

/** Where a struct's slots have the fields that nobody declared. */
export function unknownOf(plan: StructPlan, slots: unknown[]): Record<string, unknown> {
  return (slots[plan.fields.length] ??= {}) as Record<string, unknown>;
}

function absent(field: FieldPlan): unknown {
  return field.absence === "null" ? null : zeroOf(field);
}

/** Whether Go would not write a field that was read with this value. */
function isDropped(field: FieldPlan, value: unknown): boolean {
  if (field.pointer) return false;
  switch (field.op) {
    case Op.list:
      // Storage does not tell an empty list from none.
      return (value as unknown[]).length === 0 && !field.keepsEmpty;
    case Op.map:
      return isEmptyObject(value as object);
    case Op.string:
      return value === "";
    case Op.bytes:
      return value === "" && field.absence === "omit";
    case Op.bool:
      return value === false;
    case Op.int32:
    case Op.int64:
    case Op.float64:
      return value === 0;
    default:
      return false;
  }
}

function isEmptyObject(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

/** A map's entries in the order of their keys, as Go writes them. */
export function finishMap(map: Record<string, unknown>): Record<string, unknown> {
  const keys = Object.keys(map);
  let isSorted = true;
  for (let i = 1; i < keys.length && isSorted; i++) isSorted = keys[i - 1]! < keys[i]!;
  if (isSorted) return map;
  const out: Record<string, unknown> = {};
  for (const key of keys.sort()) setOwn(out, key, map[key]);
  return out;
}
