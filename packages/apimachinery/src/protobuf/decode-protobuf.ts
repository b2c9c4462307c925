import { MAP_ENTRY, UNLIMITED } from "../codec/decode-budget.ts";
import { DecodeError } from "../codec/decode-error.ts";
import { finishMap, finishStruct, zeroOf } from "../codec/go-zero.ts";
import { setOwn } from "../codec/json-reader.ts";
import { Op, planOf, type FieldPlan, type ValuePlan } from "../codec/plan.ts";
import type { StructSchema } from "../schema/schema.ts";
import { messagePlanOf, type MessagePlan } from "./message-plan.ts";
import { isAlternative, structOf } from "../codec/schema-alternative.ts";
import { isSpecial, readSpecial } from "./special-messages.ts";
import { WireReader, WireType } from "./wire.ts";

/**
 * The canonical object that a message stands for, without kind and apiVersion, which the envelope has. Unknown fields are
 * dropped. @throws {DecodeError}, and StatusError 413 beyond the budget
 */
export function decodeProtobuf(schema: StructSchema, bytes: Uint8Array, budget = UNLIMITED): object {
  try {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return readStruct(new WireReader(buffer, { budget }), schema);
  } catch (error) {
    if (error instanceof RangeError) throw new DecodeError("syntax", "exceeded max depth", { cause: error });
    throw error;
  }
}

function readStruct(reader: WireReader, schema: StructSchema): Record<string, unknown> {
  const plan = planOf(schema);
  reader.budget.spendOnStruct(plan.fields.length);
  const slots: unknown[] = new Array(plan.fields.length);
  readMessage(reader, messagePlanOf(schema), slots);
  for (const field of plan.fields)
    if (field.op === Op.map && slots[field.index])
      slots[field.index] = finishMap(slots[field.index] as Record<string, unknown>);
  return finishStruct(plan, slots);
}

/** Inlined messages fill the same slots as the message around them. */
function readMessage(reader: WireReader, message: MessagePlan, slots: unknown[]): void {
  while (!reader.isDone) {
    const tag = reader.uint32();
    const wireType = tag & 7;
    const field = message.byNumber.get(tag >>> 3);
    if (field === undefined) reader.skip(wireType);
    else if (field.plan !== undefined) readField(reader, wireType, field.plan, slots);
    else readMessage(delimited(reader, wireType, "inline"), field.inlined!, slots);
  }
}

function readField(reader: WireReader, wireType: number, plan: FieldPlan, slots: unknown[]): void {
  if (plan.op === Op.list) readItems(reader, wireType, plan, (slots[plan.index] ??= []) as unknown[]);
  else if (plan.op === Op.map)
    readEntry(
      delimited(reader, wireType, plan.name),
      plan.items!,
      (slots[plan.index] ??= {}) as Record<string, unknown>,
    );
  else slots[plan.index] = readValue(reader, wireType, plan, plan.name);
}

function readItems(reader: WireReader, wireType: number, plan: FieldPlan, list: unknown[]): void {
  const items = plan.items!;
  reader.budget.spend(1);
  const isNumeric = items.op === Op.bool || items.op === Op.int32 || items.op === Op.int64;
  if (!isNumeric || wireType !== WireType.bytes) {
    list.push(readValue(reader, wireType, items, plan.name) ?? zeroOf(items));
    return;
  }
  // Packed: one stretch of numbers.
  for (const packed = reader.delimited(); !packed.isDone;) {
    reader.budget.spend(1);
    list.push(readValue(packed, WireType.varint, items, plan.name));
  }
}

function readEntry(reader: WireReader, items: ValuePlan, map: Record<string, unknown>): void {
  let key = "";
  let value: unknown;
  reader.budget.spend(MAP_ENTRY);
  while (!reader.isDone) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1 && (tag & 7) === WireType.bytes) key = reader.delimited().text();
    else if (tag >>> 3 === 2) value = readValue(reader, tag & 7, items, "value");
    else reader.skip(tag & 7);
  }
  setOwn(map, key, value ?? zeroOf(items));
}

function delimited(reader: WireReader, wireType: number, name: string): WireReader {
  if (wireType !== WireType.bytes) throw wrongWireType(wireType, name);
  return reader.delimited();
}

const wrongWireType = (wireType: number, name: string): DecodeError =>
  new DecodeError(
    "syntax",
    `proto: wrong wireType = ${wireType} for field ${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
  );

function readValue(reader: WireReader, wireType: number, plan: ValuePlan, name: string): unknown {
  switch (plan.op) {
    case Op.bool:
    case Op.int32:
    case Op.int64:
      if (wireType !== WireType.varint) throw wrongWireType(wireType, name);
      return plan.op === Op.int32 ? reader.int32() : plan.op === Op.bool ? reader.int64() !== 0 : reader.int64();
    case Op.float64:
      if (wireType !== WireType.fixed64) throw wrongWireType(wireType, name);
      return reader.double();
    default:
      return readDelimited(delimited(reader, wireType, name), plan);
  }
}

function readDelimited(reader: WireReader, plan: ValuePlan): unknown {
  if (plan.op === Op.string) return reader.text();
  if (plan.op === Op.struct) return readStruct(reader, plan.struct!);
  if (plan.op === Op.bytes) return reader.rest().toString("base64");
  if (isSpecial(plan.op)) return readSpecial(reader, plan.op);
  if (isAlternative(plan.op)) return readAlternative(reader, plan);
  return plan.op === Op.list ? readNestedList(reader, plan) : null;
}

/** A list as a map's value is a message of its own, with the items in field 1. */
function readNestedList(reader: WireReader, plan: ValuePlan): unknown[] {
  const list: unknown[] = [];
  while (!reader.isDone) {
    const tag = reader.uint32();
    reader.budget.spend(1);
    if (tag >>> 3 === 1) list.push(readValue(reader, tag & 7, plan.items!, "items") ?? zeroOf(plan.items!));
    else reader.skip(tag & 7);
  }
  return list;
}

function readAlternative(reader: WireReader, plan: ValuePlan): unknown {
  const schemaAt = plan.op === Op.schemaOrBool ? 2 : 1;
  const list: unknown[] = [];
  let schema: unknown;
  let allows = false;
  while (!reader.isDone) {
    const tag = reader.uint32();
    const number = tag >>> 3;
    if ((tag & 7) === WireType.varint) allows = Number(reader.int64()) !== 0;
    else if (number === schemaAt) schema = readStruct(reader.delimited(), structOf(plan));
    else list.push(readInstead(reader.delimited(), plan));
  }
  if (schema !== undefined) return schema;
  if (plan.op === Op.schemaOrBool) return allows;
  return list.length > 0 ? list : null;
}

const readInstead = (reader: WireReader, plan: ValuePlan): unknown =>
  plan.op === Op.schemaOrStringArray ? reader.text() : readStruct(reader, structOf(plan));
