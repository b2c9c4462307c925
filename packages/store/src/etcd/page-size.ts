const FIRST = 500;
const MOST = 10_000;
const TARGET_BYTES = 4 * 1024 * 1024;

/** How many keys to ask for, so that an answer has about four megabytes. */
export class PageSize {
  #keys = 0;
  #bytes = 0;

  get next(): number {
    if (this.#keys === 0) return FIRST;
    const average = this.#bytes / this.#keys;
    return Math.max(1, Math.min(MOST, Math.floor(TARGET_BYTES / Math.max(1, average))));
  }

  seen(page: readonly { readonly key: string; readonly value: Uint8Array }[]): void {
    this.#keys += page.length;
    for (const { key, value } of page) this.#bytes += key.length + value.byteLength;
  }
}
