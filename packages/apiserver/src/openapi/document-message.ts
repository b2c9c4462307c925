import { toYaml, WireType, WireWriter } from "@dingi/apimachinery";

export type Json = Readonly<Record<string, unknown>>;

/** Of one field of a document in JSON: where its value goes in the message. */
export interface Field {
  readonly number: number;
  readonly type: FieldType;
  /** Each item of a list is a field of its own. */
  readonly list?: true;
  /** The value is a map: a message with, under this number, an entry of name (1) and value (2) for each key. */
  readonly entries?: number;
  /** The numbers of the messages that wrap a value, from the outside. */
  readonly within?: readonly number[];
}

/** "any" is YAML in a message of its own; a function chooses by the value among the alternatives of a `oneof`. */
type FieldType = "text" | "flag" | "any" | Message | ((value: Json) => Wrapped);

export interface Wrapped {
  readonly message: Message;
  readonly within: readonly number[];
}

/** Fields by their names in JSON. Made when first needed, because a schema has schemas within. */
export class Message {
  readonly #fields: () => Readonly<Record<string, Field>>;
  #descending: readonly (readonly [name: string, field: Field])[] | undefined;
  /** The number of the fields whose names begin with "x-". */
  readonly extensions: number | undefined;

  constructor(fields: () => Readonly<Record<string, Field>>, extensions?: number) {
    this.#fields = fields;
    this.extensions = extensions;
  }

  /** By number, the highest first, as a writer needs them that begins at the end. */
  get descending(): readonly (readonly [name: string, field: Field])[] {
    return (this.#descending ??= Object.entries(this.#fields()).sort(([, a], [, b]) => b.number - a.number));
  }
}

/** The value as the message, in memory of its own. */
export function encodeMessage(message: Message, value: Json): Uint8Array {
  const writer = new WireWriter();
  writeMessage(writer, message, value);
  return writer.finish();
}

function writeMessage(writer: WireWriter, message: Message, value: Json): void {
  const { extensions, descending } = message;
  if (extensions !== undefined) {
    const names = Object.keys(value).filter((name) => name.startsWith("x-"));
    for (const name of names.reverse()) writeEntry(writer, [extensions, name], value[name], ANY);
  }
  for (const [name, field] of descending) {
    const known = value[name];
    if (known === undefined) continue;
    if (field.list) for (const item of (known as readonly unknown[]).toReversed()) writeField(writer, field, item);
    else writeField(writer, field, known);
  }
}

const ANY: Field = { number: 2, type: "any" };

function writeField(writer: WireWriter, field: Field, value: unknown): void {
  const { number, entries, type, within = [] } = field;
  if (entries === undefined) return writeValue(writer, [number, ...within], type, value);
  const before = writer.size;
  for (const [name, one] of Object.entries(value as Json).reverse())
    writeEntry(writer, [entries, name], one, { number: 2, type, within });
  writer.close(number, before);
}

function writeEntry(
  writer: WireWriter,
  [number, name]: readonly [number: number, name: string],
  value: unknown,
  { type, within = [] }: Field,
): void {
  const before = writer.size;
  writeValue(writer, [2, ...within], type, value);
  writeValue(writer, [1], "text", name);
  writer.close(number, before);
}

/** The value under the last number, within messages under those before. */
function writeValue(writer: WireWriter, path: readonly number[], type: FieldType, value: unknown): void {
  if (typeof type === "function") {
    const { message, within } = type(value as Json);
    return writeValue(writer, [...path, ...within], message, value);
  }
  if (type === "any") return writeValue(writer, [...path, 2], "text", toYaml(value));
  const [number, ...inner] = path;
  const before = writer.size;
  if (inner.length > 0) writeValue(writer, inner, type, value);
  else if (type === "flag") {
    writer.varint(Number(value));
    return writer.tag(number!, WireType.varint);
  } else if (type === "text") writer.text(value as string);
  else writeMessage(writer, type, value as Json);
  writer.close(number!, before);
}
