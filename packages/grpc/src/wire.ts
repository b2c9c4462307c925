/** Protobuf's wire format: varints, lengths, little-endian 64-bit numbers. Nothing here knows a message. */

export const WIRE_VARINT = 0;
const WIRE_FIXED64 = 1;
export const WIRE_BYTES = 2;
const WIRE_FIXED32 = 5;

const TWO_32 = 2 ** 32;
const MAX_VARINT_BYTES = 10;

export class WireError extends Error {
  override name = "WireError";
}

/** Appends to a buffer that doubles when full. */
export class WireWriter {
  #bytes = Buffer.allocUnsafe(256);
  #length = 0;

  tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  /** An integer, negative ones as 64-bit two's complement. */
  varint(value: number): void {
    if (value < 0) return this.#negative(value);
    this.#reserve(MAX_VARINT_BYTES);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) + 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  string(value: string): void {
    const length = Buffer.byteLength(value);
    this.varint(length);
    this.#reserve(length);
    this.#length += this.#bytes.write(value, this.#length);
  }

  /** A view; valid until the next write. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #negative(value: number): void {
    this.#reserve(MAX_VARINT_BYTES);
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest >= 0x80n) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  #reserve(extra: number): void {
    if (this.#length + extra <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + extra));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

/** Reads one message's bytes. Throws WireError when they end early or are malformed. */
export class WireReader {
  readonly #bytes: Buffer;
  #at: number;
  readonly #end: number;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** Beyond 2^53 the nearest number. */
  unsigned(): number {
    const { low, high } = this.#varint();
    return high * TWO_32 + low;
  }

  /** Two's complement; beyond ±2^53 the nearest number. */
  signed(): number {
    const { low, high } = this.#varint();
    return (high | 0) * TWO_32 + low;
  }

  string(): string {
    const [start, end] = this.#span();
    return this.#bytes.toString("utf8", start, end);
  }

  /** A copy, so that a small value does not hold a large response. */
  bytes(): Uint8Array {
    const [start, end] = this.#span();
    return new Uint8Array(this.#bytes.subarray(start, end));
  }

  nested(): WireReader {
    const [start, end] = this.#span();
    return new WireReader(this.#bytes, start, end);
  }

  skip(wireType: number): void {
    if (wireType === WIRE_VARINT) this.#varint();
    else if (wireType === WIRE_BYTES) this.#span();
    else if (wireType === WIRE_FIXED64) this.#advance(8);
    else if (wireType === WIRE_FIXED32) this.#advance(4);
    else throw new WireError(`Unknown wire type "${wireType}"`);
  }

  #span(): [start: number, end: number] {
    const length = this.unsigned();
    const start = this.#at;
    this.#advance(length);
    return [start, this.#at];
  }

  #advance(count: number): void {
    if (count > this.#end - this.#at) throw new WireError("A message ended early");
    this.#at += count;
  }

  #varint(): { low: number; high: number } {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < MAX_VARINT_BYTES * 7; shift += 7) {
      if (this.#at >= this.#end) throw new WireError("A message ended early");
      const byte = this.#bytes[this.#at++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= (bits & 0x0f) << 28;
        high |= bits >> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) return { low: low >>> 0, high: high >>> 0 };
    }
    throw new WireError("A varint is longer than ten bytes");
  }
}
