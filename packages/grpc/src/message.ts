import { WIRE_BYTES, WIRE_VARINT, WireReader, WireWriter } from "./wire.ts";

/** How a field's value looks in TypeScript. */
type FieldType =
  | "string"
  | "bool"
  | "int32"
  | "int64"
  | "uint32"
  | "uint64"
  | "bytes"
  /** `bytes` on the wire, UTF-8 text here. */
  | "text"
  /** Nanoseconds since the epoch on the wire, milliseconds here. */
  | "nanos"
  /** A message holding one number as field 1 on the wire; a number or undefined here. */
  | "optional"
  /** map<string, string>. */
  | "map"
  | EnumType
  | MessageType;

/** Names by number; the first is the default. */
interface EnumType {
  readonly names: readonly string[];
}

interface Field {
  readonly number: number;
  readonly type: FieldType;
  readonly repeated: boolean;
}

/** A message's fields by their names here. Unknown fields on the wire are dropped. */
export interface MessageType {
  readonly fields: readonly (Field & { readonly name: string })[];
  readonly byNumber: ReadonlyMap<number, Field & { readonly name: string }>;
}

type Value = Record<string, unknown>;

export function enumOf(...names: readonly string[]): EnumType {
  return { names };
}

export function field(number: number, type: FieldType): Field {
  return { number, type, repeated: false };
}

export function repeated(number: number, type: FieldType): Field {
  return { number, type, repeated: true };
}

export function message(table: Readonly<Record<string, Field>>): MessageType {
  const fields = Object.entries(table).map(([name, entry]) => ({ name, ...entry }));
  return { fields, byNumber: new Map(fields.map((entry) => [entry.number, entry])) };
}

export function encode(type: MessageType, value: object): Buffer {
  const writer = new WireWriter();
  for (const entry of type.fields) {
    const item = (value as Value)[entry.name];
    if (item === undefined || item === null) continue;
    if (entry.repeated) for (const element of item as unknown[]) writeField(writer, entry, element);
    else if (!isDefault(entry.type, item)) writeField(writer, entry, item);
  }
  return writer.finish();
}

/** Absent fields become their defaults: "", 0, false, [], {}, undefined for messages. */
export function decode<T>(type: MessageType, bytes: Uint8Array): T {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return read(type, new WireReader(buffer)) as T;
}

function isDefault(type: FieldType, value: unknown): boolean {
  if (type === "optional") return false;
  if (typeof type === "object" && "names" in type) return value === type.names[0];
  return value === "" || value === 0 || value === false;
}

function writeField(writer: WireWriter, entry: Field, value: unknown): void {
  const { number, type } = entry;
  if (type === "map") return writeMap(writer, number, value as Record<string, string>);
  if (isVarint(type)) {
    writer.tag(number, WIRE_VARINT);
    writer.varint(toVarint(type, value));
    return;
  }
  writer.tag(number, WIRE_BYTES);
  if (type === "string" || type === "text") writer.string(value as string);
  else if (type === "bytes") writer.bytes(value as Uint8Array);
  else if (type === "optional") writer.bytes(encode(NUMBER, { value }));
  else writer.bytes(encode(type as MessageType, value as object));
}

function writeMap(writer: WireWriter, number: number, map: Record<string, string>): void {
  for (const [key, value] of Object.entries(map)) {
    writer.tag(number, WIRE_BYTES);
    writer.bytes(encode(MAP_ENTRY, { key, value }));
  }
}

function isVarint(type: FieldType): boolean {
  if (typeof type === "object") return "names" in type;
  return type !== "string" && type !== "text" && type !== "bytes" && type !== "optional";
}

function toVarint(type: FieldType, value: unknown): number {
  if (typeof type !== "object") return typeof value === "boolean" ? Number(value) : (value as number);
  const index = (type as EnumType).names.indexOf(value as string);
  if (index < 0) throw new TypeError(`"${String(value)}" is none of "${(type as EnumType).names.join('", "')}"`);
  return index;
}

function read(type: MessageType, reader: WireReader): Value {
  const out: Value = {};
  for (const entry of type.fields) out[entry.name] = entry.repeated ? [] : blank(entry.type);
  while (!reader.done) {
    const tag = reader.unsigned();
    const entry = type.byNumber.get(Math.floor(tag / 8));
    if (!entry) reader.skip(tag % 8);
    else if (entry.repeated) readRepeated(out[entry.name] as unknown[], entry.type, { reader, wireType: tag % 8 });
    else if (entry.type === "map") readMapEntry(out[entry.name] as Record<string, string>, reader);
    else out[entry.name] = readValue(entry.type, reader);
  }
  return out;
}

/** Numbers may come packed or one by one. */
function readRepeated(list: unknown[], type: FieldType, at: { reader: WireReader; wireType: number }): void {
  if (!isVarint(type) || at.wireType === WIRE_VARINT) {
    list.push(readValue(type, at.reader));
    return;
  }
  const packed = at.reader.nested();
  while (!packed.done) list.push(readValue(type, packed));
}

function readMapEntry(map: Record<string, string>, reader: WireReader): void {
  const { key, value } = read(MAP_ENTRY, reader.nested()) as { key: string; value: string };
  Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true });
}

const SCALARS: Readonly<Record<string, { blank: () => unknown; read: (reader: WireReader) => unknown }>> = {
  string: { blank: () => "", read: (reader) => reader.string() },
  text: { blank: () => "", read: (reader) => reader.string() },
  bool: { blank: () => false, read: (reader) => reader.unsigned() !== 0 },
  int32: { blank: () => 0, read: (reader) => reader.signed() },
  int64: { blank: () => 0, read: (reader) => reader.signed() },
  uint32: { blank: () => 0, read: (reader) => reader.unsigned() },
  uint64: { blank: () => 0, read: (reader) => reader.unsigned() },
  bytes: { blank: () => new Uint8Array(), read: (reader) => reader.bytes() },
  nanos: { blank: () => 0, read: (reader) => reader.signed() / 1e6 },
  optional: { blank: () => undefined, read: (reader) => read(NUMBER, reader.nested())["value"] },
  map: { blank: () => ({}), read: () => undefined },
};

function blank(type: FieldType): unknown {
  if (typeof type === "string") return SCALARS[type]!.blank();
  return "names" in type ? type.names[0] : undefined;
}

function readValue(type: FieldType, reader: WireReader): unknown {
  if (typeof type === "string") return SCALARS[type]!.read(reader);
  if (!("names" in type)) return read(type, reader.nested());
  const number = reader.unsigned();
  return type.names[number] ?? String(number);
}

const NUMBER = message({ value: field(1, "int64") });
const MAP_ENTRY = message({ key: field(1, "string"), value: field(2, "string") });
