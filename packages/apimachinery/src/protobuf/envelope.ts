import { DecodeError } from "../codec/decode-error.ts";
import { WireReader, WireType, WireWriter } from "./wire.ts";

/** "k8s" and a zero byte stand before every object. */
const MAGIC = Buffer.from("k8s\0");

/** Upstream: apimachinery/pkg/runtime/generated.proto#Unknown */
interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  /** The object's message; shares the memory of what was decoded. */
  readonly raw: Uint8Array;
  /** Empty for protobuf. */
  readonly contentType: string;
  readonly contentEncoding: string;
}

/** @throws {DecodeError}. Upstream: apimachinery/pkg/runtime/serializer/protobuf/protobuf.go#Decode */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length === 0) throw new DecodeError("syntax", "empty data");
  if (!buffer.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new DecodeError(
      "syntax",
      `provided data does not appear to be a protobuf message, expected prefix [${[...MAGIC].join(" ")}]`,
    );
  }
  if (buffer.length === MAGIC.length) throw new DecodeError("syntax", "empty body");
  const fields = readBytesFields(new WireReader(buffer, { start: MAGIC.length }));
  const type = readBytesFields(fields.get(1) ?? new WireReader(buffer, { end: 0 }));
  const text = (number: number): string => fields.get(number)?.text() ?? "";
  return {
    apiVersion: type.get(1)?.text() ?? "",
    kind: type.get(2)?.text() ?? "",
    raw: fields.get(2)?.rest() ?? new Uint8Array(),
    contentEncoding: text(3),
    contentType: text(4),
  };
}

function readBytesFields(reader: WireReader): Map<number, WireReader> {
  const fields = new Map<number, WireReader>();
  while (!reader.isDone) {
    const tag = reader.uint32();
    if ((tag & 7) === WireType.bytes) fields.set(tag >>> 3, reader.delimited());
    else reader.skip(tag & 7);
  }
  return fields;
}

/** An object's message with what it is, in memory of its own. */
export function encodeEnvelope(apiVersion: string, kind: string, raw: Uint8Array): Uint8Array {
  const writer = new WireWriter();
  writeBytes(writer, 4, "");
  writeBytes(writer, 3, "");
  writeBytes(writer, 2, raw);
  const before = writer.size;
  writeBytes(writer, 2, kind);
  writeBytes(writer, 1, apiVersion);
  writer.close(1, before);
  writer.raw(MAGIC);
  return writer.finish();
}

/** What stands around an object's message of so many bytes: both together are `encodeEnvelope`. */
export function envelopeAround(
  apiVersion: string,
  kind: string,
  rawLength: number,
): { readonly head: Uint8Array; readonly tail: Uint8Array } {
  const writer = new WireWriter();
  writer.varint(rawLength);
  writer.tag(2, WireType.bytes);
  const before = writer.size;
  writeBytes(writer, 2, kind);
  writeBytes(writer, 1, apiVersion);
  writer.close(1, before);
  writer.raw(MAGIC);
  return { head: writer.finish(), tail: ENVELOPE_TAIL };
}

function writeBytes(writer: WireWriter, number: number, value: Uint8Array | string): void {
  const before = writer.size;
  if (typeof value === "string") writer.text(value);
  else writer.raw(value);
  writer.close(number, before);
}

/** Content type and encoding, both empty. */
const ENVELOPE_TAIL = Uint8Array.from([(3 << 3) | WireType.bytes, 0, (4 << 3) | WireType.bytes, 0]);

/** The beginning of a list's message: its metadata's message. */
export function encodeListMetadata(metadata: Uint8Array): Uint8Array {
  const writer = new WireWriter();
  writeBytes(writer, 1, metadata);
  return writer.finish();
}

/** What follows the metadata in a list's message: the messages of some of its items. */
export function encodeListItems(items: readonly Uint8Array[]): Uint8Array {
  const headers = items.map((item) => {
    const writer = new WireWriter();
    writer.varint(item.length);
    writer.tag(2, WireType.bytes);
    return writer.finish();
  });
  return Buffer.concat(items.flatMap((item, i) => [headers[i]!, item]));
}

/** The message of a list: its metadata's message and those of its items. */
export function encodeProtobufList(metadata: Uint8Array, items: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat([encodeListMetadata(metadata), encodeListItems(items)]);
}
