/** More of them are put together where they are small. */
const KEPT_AS_THEY_COME = 16;
/** A piece of a body costs some hundred bytes however short it is, and holds what it was received in. */
const SMALL_BYTES = 4096;
const BLOCK_BYTES = 64 * 1024;

/** The pieces of a body as it comes: few are kept as they are, and many small ones take no more than the body does. */
export class BodyChunks {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;
  /** The last of the chunks, while there is room in it. */
  #block: Uint8Array | undefined;
  #used = 0;

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    this.#length += chunk.length;
    if (this.#chunks.length < KEPT_AS_THEY_COME || chunk.length >= SMALL_BYTES) this.#keep(chunk);
    else this.#append(chunk);
  }

  #keep(chunk: Uint8Array): void {
    this.#seal();
    this.#chunks.push(chunk);
  }

  #append(chunk: Uint8Array): void {
    if (this.#used + chunk.length > (this.#block?.length ?? 0)) {
      this.#seal();
      this.#block = new Uint8Array(BLOCK_BYTES);
    }
    this.#block!.set(chunk, this.#used);
    this.#used += chunk.length;
  }

  #seal(): void {
    if (this.#block !== undefined) this.#chunks.push(this.#block.slice(0, this.#used));
    this.#block = undefined;
    this.#used = 0;
  }

  clear(): void {
    this.#chunks.length = 0;
    this.#length = 0;
    this.#block = undefined;
    this.#used = 0;
  }

  whole(): Uint8Array {
    this.#seal();
    return this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks, this.#length);
  }
}
