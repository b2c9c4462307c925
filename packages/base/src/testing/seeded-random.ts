import { ByteRandom, type Random } from "../random.ts";

/** Deterministic: the same seed gives the same bytes (xorshift128+ seeded by splitmix). Not for secrets. */
class SeededRandom extends ByteRandom {
  #state: Uint32Array;

  constructor(seed: number) {
    super();
    let x = seed >>> 0;
    this.#state = Uint32Array.from({ length: 4 }, () => {
      x = (x + 0x9e3779b9) >>> 0;
      let z = x;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      return (z ^ (z >>> 16)) >>> 0;
    });
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let i = 0; i < length; i++) out[i] = this.#next() >>> 24;
    return out;
  }

  #next(): number {
    const s = this.#state;
    const t = s[3]! ^ (s[3]! << 11);
    s[3] = s[2]!;
    s[2] = s[1]!;
    s[1] = s[0]!;
    s[0] = s[0]! ^ (s[0]! >>> 19) ^ t ^ (t >>> 8);
    return s[0]!;
  }
}

export function seededRandom(seed: number): Random {
  return new SeededRandom(seed);
}
