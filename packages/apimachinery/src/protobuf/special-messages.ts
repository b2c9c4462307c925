import { decodeJson } from "../codec/decode-json.ts";
import { encodeJson } from "../codec/encode-json.ts";
import { Op } from "../codec/plan.ts";
import { readText } from "../codec/self-text.ts";
import { formatDurationNs, parseDurationNs } from "../duration/duration.ts";
import { WireType, type WireReader, type WireWriter } from "./wire.ts";

/** Types that JSON writes as one value and protobuf as a message. Upstream: the generated.proto files of apimachinery */
export function isSpecial(op: Op): boolean {
  return op >= Op.time && op <= Op.rawJson;
}

/** Writes a message's content. */
export function writeSpecial(writer: WireWriter, op: Op, value: unknown): void {
  switch (op) {
    case Op.time:
      return writeTime(writer, String(value), false);
    case Op.microTime:
      return writeTime(writer, String(value), true);
    case Op.duration:
      return writeVarint(writer, 1, parseDurationNs(String(value)));
    case Op.quantity:
      return writeText(writer, 1, String(value));
    case Op.intOrString:
      return writeIntOrString(writer, value as number | string);
    default:
      return writeText(writer, 1, encodeJson(value));
  }
}

function writeVarint(writer: WireWriter, number: number, value: number | bigint): void {
  writer.varint(value);
  writer.tag(number, WireType.varint);
}

function writeText(writer: WireWriter, number: number, value: string): void {
  const before = writer.size;
  writer.text(value);
  writer.close(number, before);
}

/** A time of JSON is to the second: so is upstream's protobuf. */
function writeTime(writer: WireWriter, text: string, hasMicros: boolean): void {
  const seconds = Math.floor(Date.parse(text) / 1000);
  const micros = hasMicros ? Number(/\.(\d{6})/.exec(text)?.[1] ?? 0) : 0;
  writeVarint(writer, 2, micros * 1000);
  writeVarint(writer, 1, seconds);
}

function writeIntOrString(writer: WireWriter, value: number | string): void {
  const isText = typeof value === "string";
  writeText(writer, 3, isText ? value : "");
  writeVarint(writer, 2, isText ? 0 : value);
  writeVarint(writer, 1, isText ? 1 : 0);
}

/** Reads a message's content: null for a time that is not set. @throws {DecodeError} */
export function readSpecial(reader: WireReader, op: Op): unknown {
  switch (op) {
    case Op.time:
      return reader.isDone ? null : readText(op, timeText(readFields(reader), false));
    case Op.microTime:
      return reader.isDone ? null : readText(op, timeText(readFields(reader), true));
    case Op.duration:
      return formatDurationNs(BigInt(readFields(reader).numbers[1] ?? 0));
    case Op.quantity:
      return readText(op, readFields(reader).texts[1] ?? "0");
    case Op.intOrString: {
      const { numbers, texts } = readFields(reader);
      return numbers[1] === 1 ? (texts[3] ?? "") : Number(BigInt.asIntN(32, BigInt(numbers[2] ?? 0)));
    }
    default:
      return readJson(reader);
  }
}

interface Fields {
  readonly numbers: Readonly<Record<number, number | bigint>>;
  readonly texts: Readonly<Record<number, string>>;
}

function readFields(reader: WireReader): Fields {
  const numbers: Record<number, number | bigint> = {};
  const texts: Record<number, string> = {};
  while (!reader.isDone) {
    const tag = reader.uint32();
    const number = tag >>> 3;
    if ((tag & 7) === WireType.varint) numbers[number] = reader.int64();
    else if ((tag & 7) === WireType.bytes) texts[number] = reader.delimited().text();
    else reader.skip(tag & 7);
  }
  return { numbers, texts };
}

function timeText({ numbers }: Fields, hasMicros: boolean): string {
  const date = new Date(Number(numbers[1] ?? 0) * 1000);
  if (Number.isNaN(date.getTime())) return "";
  const seconds = date.toISOString().slice(0, -5);
  const micros = Math.trunc(Number(numbers[2] ?? 0) / 1000);
  return hasMicros ? `${seconds}.${String(micros).padStart(6, "0")}Z` : `${seconds}Z`;
}

function readJson(reader: WireReader): unknown {
  while (!reader.isDone) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1 && (tag & 7) === WireType.bytes) {
      const content = reader.delimited().rest();
      return content.length === 0 ? null : decodeJson(content).value;
    }
    reader.skip(tag & 7);
  }
  return null;
}
