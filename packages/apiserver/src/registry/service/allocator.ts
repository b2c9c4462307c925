import type { Random } from "@dingi/base";

/**
 * Hands out numbers of a range: at random, and from the upper band first, so that the lower one stays free for those
 * who choose their own. Upstream: pkg/registry/core/service/ipallocator/ipallocator.go
 */
export class Allocator {
  readonly #used = new Set<number>();
  readonly #size: number;
  readonly #first: number;
  readonly #random: Random;

  /** Offsets from 0 to `size`; those below `reservedBand` are given out last. */
  constructor(size: number, reservedBand: number, random: Random) {
    this.#size = size;
    this.#first = Math.min(reservedBand, size);
    this.#random = random;
  }

  /** Returns false when the number is taken. */
  take(offset: number): boolean {
    if (this.#used.has(offset)) return false;
    this.#used.add(offset);
    return true;
  }

  release(offset: number): void {
    this.#used.delete(offset);
  }

  /** A free number, or undefined when the range is full. */
  next(): number | undefined {
    return this.#scan(this.#first, this.#size) ?? this.#scan(0, this.#first);
  }

  #scan(from: number, to: number): number | undefined {
    const span = to - from;
    if (span <= 0) return undefined;
    const start = this.#random.int(span);
    for (let i = 0; i < span; i++) {
      const offset = from + ((start + i) % span);
      if (this.take(offset)) return offset;
    }
    return undefined;
  }
}
