import { randomFillSync } from "node:crypto";

/** The one source of chance. */
export interface Random {
  bytes(length: number): Uint8Array;
  /** Uniform in [0, 1). */
  float(): number;
  /** Uniform integer in [0, below). */
  int(below: number): number;
  /** A version 4 UUID. */
  uuid(): string;
  /** A name suffix of `length` characters without vowels. Upstream: apimachinery/pkg/util/rand/rand.go#String */
  suffix(length: number): string;
}

const SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const POOL_BYTES = 4096;

export abstract class ByteRandom implements Random {
  abstract bytes(length: number): Uint8Array;

  float(): number {
    const b = this.bytes(7);
    let value = (b[6]! & 0x1f) * 2 ** 48;
    for (let i = 0; i < 6; i++) value += b[i]! * 2 ** (8 * i);
    return value / 2 ** 53;
  }

  int(below: number): number {
    return Math.floor(this.float() * below);
  }

  uuid(): string {
    const b = this.bytes(16);
    b[6] = (b[6]! & 0x0f) | 0x40;
    b[8] = (b[8]! & 0x3f) | 0x80;
    const hex = b.toHex();
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  suffix(length: number): string {
    let text = "";
    for (let i = 0; i < length; i++) text += SUFFIX_ALPHABET[this.int(SUFFIX_ALPHABET.length)];
    return text;
  }
}

/** Draws from the operating system's CSPRNG, a pool at a time. */
class SystemRandom extends ByteRandom {
  #pool = new Uint8Array(POOL_BYTES);
  #used = POOL_BYTES;

  bytes(length: number): Uint8Array {
    if (length > POOL_BYTES) return randomFillSync(new Uint8Array(length));
    if (this.#used + length > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const out = this.#pool.slice(this.#used, this.#used + length);
    this.#pool.fill(0, this.#used, this.#used + length);
    this.#used += length;
    return out;
  }
}

export const systemRandom: Random = new SystemRandom();
