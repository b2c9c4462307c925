import { DecodeError } from "../../codec/decode-error.ts";
import { WireReader, WireType } from "../wire.ts";

const HEADER = 4;
/** Longer than any object may be; a frame beyond it is no frame. */
const MAX_FRAME = 64 * 1024 * 1024;

interface FramedEvent {
  readonly type: string;
  /** The enveloped object. */
  readonly object: Uint8Array;
}

/** Takes watch events out of a stream of bytes that comes in pieces. */
export class WatchFrameReader {
  #pending: Buffer = Buffer.alloc(0);

  /** The events that are complete with this piece. @throws {DecodeError} */
  push(piece: Uint8Array): FramedEvent[] {
    this.#pending = this.#pending.length === 0 ? Buffer.from(piece) : Buffer.concat([this.#pending, piece]);
    const events: FramedEvent[] = [];
    for (let end = this.#frameEnd(); end !== undefined; end = this.#frameEnd()) {
      events.push(readEvent(new WireReader(this.#pending, { start: HEADER, end })));
      this.#pending = this.#pending.subarray(end);
    }
    return events;
  }

  #frameEnd(): number | undefined {
    if (this.#pending.length < HEADER) return undefined;
    const length = this.#pending.readUInt32BE();
    if (length > MAX_FRAME) throw new DecodeError("syntax", `A watch frame of ${length} bytes is too long`);
    return this.#pending.length < HEADER + length ? undefined : HEADER + length;
  }
}

function readEvent(reader: WireReader): FramedEvent {
  let type = "";
  let object: Uint8Array = new Uint8Array();
  while (!reader.isDone) {
    const tag = reader.uint32();
    if ((tag & 7) !== WireType.bytes) reader.skip(tag & 7);
    else if (tag >>> 3 === 1) type = reader.delimited().text();
    else if (tag >>> 3 === 2) object = rawOf(reader.delimited());
    else reader.delimited();
  }
  return { type, object };
}

function rawOf(extension: WireReader): Uint8Array {
  let raw: Uint8Array = new Uint8Array();
  while (!extension.isDone) {
    const tag = extension.uint32();
    if (tag >>> 3 === 1 && (tag & 7) === WireType.bytes) raw = extension.delimited().rest();
    else extension.skip(tag & 7);
  }
  return raw;
}
