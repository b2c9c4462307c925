import { WireReader, WireType } from "../wire.ts";

interface ProtobufList {
  readonly metadata: Uint8Array;
  readonly items: readonly Uint8Array[];
}

/** The reverse of `encodeProtobufList`; the parts share the memory. @throws {DecodeError} */
export function decodeProtobufList(bytes: Uint8Array): ProtobufList {
  const reader = new WireReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const items: Uint8Array[] = [];
  let metadata: Uint8Array = new Uint8Array();
  while (!reader.isDone) {
    const tag = reader.uint32();
    if ((tag & 7) !== WireType.bytes) reader.skip(tag & 7);
    else if (tag >>> 3 === 1) metadata = reader.delimited().rest();
    else if (tag >>> 3 === 2) items.push(reader.delimited().rest());
    else reader.delimited();
  }
  return { metadata, items };
}
