import { Op, type ValuePlan } from "../codec/plan.ts";
import type { StructSchema } from "../schema/schema.ts";
import { messagePlanOf, type MessagePlan } from "./message-plan.ts";
import { isAlternative, structOf } from "../codec/schema-alternative.ts";
import { isSpecial, writeSpecial } from "./special-messages.ts";
import { WireType, WireWriter } from "./wire.ts";

type Values = Readonly<Record<string, unknown>>;

/**
 * An object as the message that upstream's types are, in memory of its own. Kind and apiVersion are the envelope's.
 * Upstream: the generated.pb.go files
 */
export function encodeProtobuf(schema: StructSchema, value: unknown): Uint8Array {
  const writer = new WireWriter();
  writeMessage(writer, messagePlanOf(schema), value as Values);
  return writer.finish();
}

function writeMessage(writer: WireWriter, { descending }: MessagePlan, values: Values): void {
  for (let i = 0; i < descending.length; i++) {
    const { number, plan, inlined } = descending[i]!;
    if (plan !== undefined) {
      const value = values[plan.name];
      if (value !== undefined && value !== null) writeField(writer, number, plan, value);
    } else if (inlined !== undefined) {
      const before = writer.size;
      writeMessage(writer, inlined, values);
      writer.close(number, before);
    }
  }
}

function writeField(writer: WireWriter, number: number, plan: ValuePlan, value: unknown): void {
  if (plan.op === Op.list) {
    const list = value as readonly unknown[];
    for (let i = list.length - 1; i >= 0; i--) writeValue(writer, number, plan.items!, list[i]);
  } else if (plan.op === Op.map) {
    writeMap(writer, number, plan.items!, value as Values);
  } else {
    writeValue(writer, number, plan, value);
  }
}

function writeMap(writer: WireWriter, number: number, items: ValuePlan, map: Values): void {
  for (const key of Object.keys(map).sort().reverse()) {
    const before = writer.size;
    writeValue(writer, 2, items, map[key]);
    writeText(writer, 1, key);
    writer.close(number, before);
  }
}

function writeText(writer: WireWriter, number: number, value: string): void {
  const before = writer.size;
  writer.text(value);
  writer.close(number, before);
}

function writeValue(writer: WireWriter, number: number, plan: ValuePlan, value: unknown): void {
  switch (plan.op) {
    case Op.string:
      return writeText(writer, number, value as string);
    case Op.bool:
    case Op.int32:
    case Op.int64:
      writer.varint(typeof value === "boolean" ? Number(value) : (value as number | bigint));
      return writer.tag(number, WireType.varint);
    case Op.float64:
      writer.double(Number(value));
      return writer.tag(number, WireType.fixed64);
    default: {
      const before = writer.size;
      writeDelimited(writer, plan, value);
      return writer.close(number, before);
    }
  }
}

function writeDelimited(writer: WireWriter, plan: ValuePlan, value: unknown): void {
  if (plan.op === Op.struct) writeMessage(writer, messagePlanOf(plan.struct!), value as Values);
  else if (plan.op === Op.bytes) writer.raw(Buffer.from(value as string, "base64"));
  else if (isSpecial(plan.op)) writeSpecial(writer, plan.op, value);
  else if (isAlternative(plan.op)) writeAlternative(writer, plan, value);
  // A list inside a map or list is a message of its own, with the items in field 1.
  else if (plan.op === Op.list || plan.op === Op.map) writeField(writer, 1, plan, value);
}

const isStruct = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);

/** Field 1 or 2 has the schema, the other one what may stand in its place. Upstream: apiextensions-apiserver/pkg/apis/apiextensions/v1/generated.proto */
function writeAlternative(writer: WireWriter, plan: ValuePlan, value: unknown): void {
  const isBool = plan.op === Op.schemaOrBool;
  const write = (number: number, item: unknown): void => {
    const before = writer.size;
    if (isStruct(item)) writeMessage(writer, messagePlanOf(structOf(plan)), item as Values);
    else writer.text(item as string);
    writer.close(number, before);
  };
  if (isStruct(value)) write(isBool ? 2 : 1, value);
  if (Array.isArray(value)) for (const item of value.toReversed()) write(2, item);
  if (!isBool) return;
  writer.varint(value === false ? 0 : 1);
  writer.tag(1, WireType.varint);
}
