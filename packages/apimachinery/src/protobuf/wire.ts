import { UNLIMITED, type DecodeBudget } from "../codec/decode-budget.ts";
import { DecodeError } from "../codec/decode-error.ts";

export const WireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const CONTINUES = 0x80;
const TWO_28 = 2 ** 28;
const MAX_VARINT = 10;

const malformed = (message: string): DecodeError => new DecodeError("syntax", message);

interface Stretch {
  readonly start?: number;
  readonly end?: number;
  readonly budget?: DecodeBudget;
}

/** Reads protobuf's primitives from a stretch of bytes. @throws {DecodeError} in the words of Go's generated code */
export class WireReader {
  readonly #bytes: Buffer;
  pos: number;
  readonly end: number;
  /** Shared by all stretches of one message. */
  readonly budget: DecodeBudget;

  constructor(bytes: Buffer, { start = 0, end = bytes.length, budget = UNLIMITED }: Stretch = {}) {
    this.#bytes = bytes;
    this.pos = start;
    this.end = end;
    this.budget = budget;
  }

  get isDone(): boolean {
    return this.pos >= this.end;
  }

  #byte(): number {
    if (this.pos >= this.end) throw malformed("unexpected EOF");
    return this.#bytes[this.pos++]!;
  }

  /** Of at most 32 bits: tags and lengths. */
  uint32(): number {
    const value = this.int64();
    if (typeof value === "bigint" || value < 0 || value > 0xffff_ffff) throw malformed("proto: integer overflow");
    return value;
  }

  /** A two's complement integer; a bigint where a number would round it. */
  int64(): number | bigint {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 4; i++, scale *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < CONTINUES) return value;
    }
    return this.#longVarint(value);
  }

  #longVarint(low28: number): number | bigint {
    let high = 0n;
    for (let shift = 0n, count = 4; ; shift += 7n, count++) {
      if (count >= MAX_VARINT) throw malformed("proto: integer overflow");
      const byte = this.#byte();
      high |= BigInt(byte & 0x7f) << shift;
      if (byte < CONTINUES) break;
    }
    const value = BigInt.asIntN(64, high * BigInt(TWO_28) + BigInt(low28));
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  int32(): number {
    const value = this.int64();
    return typeof value === "bigint" ? Number(BigInt.asIntN(32, value)) : value | 0;
  }

  double(): number {
    const at = this.pos;
    this.skipBytes(8);
    return this.#bytes.readDoubleLE(at);
  }

  /** The stretch of a length-delimited value, which is passed over. */
  delimited(): WireReader {
    const length = this.uint32();
    const start = this.pos;
    this.skipBytes(length);
    return new WireReader(this.#bytes, { start, end: start + length, budget: this.budget });
  }

  skipBytes(count: number): void {
    if (this.pos + count > this.end) throw malformed("unexpected EOF");
    this.pos += count;
  }

  /** All that is left, as text. */
  text(): string {
    return this.#bytes.toString("utf8", this.pos, this.end);
  }

  /** All that is left; shares the memory. */
  rest(): Buffer {
    return this.#bytes.subarray(this.pos, this.end);
  }

  /** Passes over a value that nobody wants. */
  skip(wireType: number): void {
    switch (wireType) {
      case WireType.varint:
        this.int64();
        return;
      case WireType.fixed64:
        return this.skipBytes(8);
      case WireType.bytes:
        this.delimited();
        return;
      case WireType.fixed32:
        return this.skipBytes(4);
      default:
        throw malformed(`proto: illegal wireType ${wireType}`);
    }
  }
}

const FIRST_SIZE = 2048;

/** Writes from the end of its memory to the start, so that the length of what is nested is known when it is to be written. */
export class WireWriter {
  #bytes = Buffer.allocUnsafe(FIRST_SIZE);
  #at = FIRST_SIZE;

  /** Bytes written so far. */
  get size(): number {
    return this.#bytes.length - this.#at;
  }

  /** What was written, in memory of its own. */
  finish(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#bytes, this.#at);
  }

  #reserve(count: number): number {
    if (count > this.#at) this.#grow(count);
    this.#at -= count;
    return this.#at;
  }

  #grow(count: number): void {
    const { size } = this;
    const bytes = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, size + count));
    this.#bytes.copy(bytes, bytes.length - size, this.#at);
    this.#at = bytes.length - size;
    this.#bytes = bytes;
  }

  tag(number: number, wireType: number): void {
    this.varint(number * 8 + wireType);
  }

  /** The tag of a length-delimited field whose content was written since the writer had `before` bytes. */
  close(number: number, before: number): void {
    this.varint(this.size - before);
    this.tag(number, WireType.bytes);
  }

  varint(value: number | bigint): void {
    if (typeof value === "bigint" || value < 0) return this.#longVarint(BigInt(value));
    let length = 1;
    for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
    let at = this.#reserve(length);
    let rest = value;
    for (; length > 1; length--) {
      this.#bytes[at++] = (rest % 128) | CONTINUES;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[at] = rest;
  }

  #longVarint(value: bigint): void {
    const groups: number[] = [];
    let rest = BigInt.asUintN(64, value);
    do {
      groups.push(Number(rest & 0x7fn));
      rest >>= 7n;
    } while (rest > 0n);
    let at = this.#reserve(groups.length);
    for (const [i, group] of groups.entries()) this.#bytes[at++] = i < groups.length - 1 ? group | CONTINUES : group;
  }

  double(value: number): void {
    const at = this.#reserve(8);
    this.#bytes.writeDoubleLE(value, at);
  }

  text(value: string): void {
    const at = this.#reserve(Buffer.byteLength(value));
    this.#bytes.write(value, at, "utf8");
  }

  raw(value: Uint8Array): void {
    // Reserving may move the bytes, so it comes first.
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
  }
}
