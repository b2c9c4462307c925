/** Keeps bytes that it can do without. */
export interface ByteHolder {
  /** How many it keeps now. */
  readonly bytes: number;
  /** Lets go of some, and tells the budget. */
  giveWay(): void;
}

/** A bound on what several holders keep together. Who keeps most gives way, so that nobody crowds out the others. */
export class ByteBudget {
  readonly #limit: number;
  readonly #holders = new Set<ByteHolder>();
  #bytes = 0;
  #full = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Disposed of when the holder keeps nothing more. */
  join(holder: ByteHolder): Disposable {
    this.#holders.add(holder);
    return {
      [Symbol.dispose]: () => {
        if (this.#holders.delete(holder)) this.#bytes -= holder.bytes;
      },
    };
  }

  /** A holder, which counts it already, keeps this many bytes more, or fewer. */
  changed(by: number): void {
    this.#bytes += by;
    if (this.#bytes > this.#limit && !this.#full) this.#makeRoom();
  }

  #makeRoom(): void {
    this.#full = true;
    const asked = new Set<ByteHolder>();
    while (this.#bytes > this.#limit) {
      const largest = this.#largest(asked);
      if (!largest) break;
      const before = this.#bytes;
      largest.giveWay();
      if (this.#bytes >= before) asked.add(largest);
    }
    this.#full = false;
  }

  /** Of those that have not been asked in vain. */
  #largest(asked: ReadonlySet<ByteHolder>): ByteHolder | undefined {
    let largest: ByteHolder | undefined;
    for (const holder of this.#holders)
      if (!asked.has(holder) && holder.bytes > (largest?.bytes ?? 0)) largest = holder;
    return largest;
  }
}
