import type { Stored } from "../cacher/stored.ts";
import { itemHead } from "../cacher/stored.ts";

/** A stretch of a list's items. */
export interface Run {
  readonly values: readonly Stored[];
  /** Whether `values` is the same array in every list until one of its objects changes. */
  readonly shared: boolean;
}

const LIMIT_BYTES = 32 * 1024 * 1024;

/** The JSON of stretches of lists, kept while it is asked for: what did not change since the last list is not made again. */
export class ListChunks {
  /** In the order of their last use. */
  readonly #kept = new Map<readonly Stored[], Uint8Array>();
  readonly #limitBytes: number;
  #bytes = 0;

  constructor(limitBytes = LIMIT_BYTES) {
    this.#limitBytes = limitBytes;
  }

  /** The items of a run, each with a comma in front. */
  json(run: Run, apiVersion: string): Uint8Array {
    const { values, shared } = run;
    if (!shared || values[0]?.kind.apiVersion !== apiVersion) return encodeItems(values, apiVersion);
    const known = this.#kept.get(values);
    if (known) this.#kept.delete(values);
    const bytes = known ?? encodeItems(values, apiVersion);
    this.#kept.set(values, bytes);
    if (!known) this.#makeRoomFor(bytes);
    return bytes;
  }

  #makeRoomFor(added: Uint8Array): void {
    this.#bytes += added.length;
    for (const [values, bytes] of this.#kept) {
      if (this.#bytes <= this.#limitBytes) return;
      this.#kept.delete(values);
      this.#bytes -= bytes.length;
    }
  }
}

function encodeItems(values: readonly Stored[], apiVersion: string): Uint8Array {
  const heads = values.map((stored) => `,${itemHead(stored.revision)}`);
  const bodies = values.map((stored) => stored.body(apiVersion));
  const length = heads.reduce((sum, head, i) => sum + head.length + bodies[i]!.length, 0);
  const bytes = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for (let i = 0; i < heads.length; i++) {
    at += bytes.write(heads[i]!, at, "latin1");
    bytes.set(bodies[i]!, at);
    at += bodies[i]!.length;
  }
  return bytes;
}
