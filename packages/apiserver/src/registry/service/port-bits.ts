/** Numbers from 0 to a size, a bit each. */
export class PortBits {
  readonly #size: number;
  /** The lowest numbers first. */
  readonly #bytes: Uint8Array;

  private constructor(size: number, bytes: Uint8Array) {
    this.#size = size;
    this.#bytes = bytes;
  }

  /** From Base64 of the bits as one big-endian number, as Go's big.Int writes it. Numbers beyond the size are dropped. */
  static parse(size: number, text: string): PortBits {
    const bytes = new Uint8Array(Math.ceil(size / 8));
    bytes.set(Uint8Array.fromBase64(text).reverse().subarray(0, bytes.length));
    if (size % 8 !== 0) bytes[bytes.length - 1]! &= (1 << (size % 8)) - 1;
    return new PortBits(size, bytes);
  }

  toString(): string {
    const end = this.#bytes.findLastIndex((byte) => byte !== 0) + 1;
    return this.#bytes.slice(0, end).reverse().toBase64();
  }

  clone(): PortBits {
    return new PortBits(this.#size, this.#bytes.slice());
  }

  has(number: number): boolean {
    return (this.#bytes[number >> 3]! & (1 << (number & 7))) !== 0;
  }

  /** False when it was there, or is beyond the size. */
  add(number: number): boolean {
    if (number < 0 || number >= this.#size || this.has(number)) return false;
    this.#bytes[number >> 3]! |= 1 << (number & 7);
    return true;
  }

  /** False when it was not there. */
  delete(number: number): boolean {
    if (number < 0 || number >= this.#size || !this.has(number)) return false;
    this.#bytes[number >> 3]! &= ~(1 << (number & 7));
    return true;
  }

  *[Symbol.iterator](): Generator<number> {
    for (let number = 0; number < this.#size; number++) if (this.has(number)) yield number;
  }
}
