import type { ByteBudget, ByteHolder, ReadonlyPersistentMap } from "@dingi/base";
import { newExpired } from "@dingi/apimachinery";
import type { Revision } from "@dingi/store";
import type { CacheEvent } from "./cache-event.ts";
import type { Stored } from "./stored.ts";

/** How many changes of one kind a watch can go back. */
const MOST = 4096;
/** What an entry takes besides its object: the nodes of the map that were copied for it. */
const ENTRY_BYTES = 1024;

interface Entry {
  readonly event: CacheEvent;
  /** The content right after the event. */
  readonly after: ReadonlyPersistentMap<Stored>;
}

/** The recent changes of one kind, for watches and lists that begin in the past. Bounded by number, and with all other kinds by bytes. */
export class WatchHistory implements ByteHolder, Disposable {
  readonly #budget: ByteBudget;
  readonly #place: Disposable;
  #entries: Entry[] = [];
  #oldest: Revision;
  #bytes = 0;

  constructor(startRevision: Revision, budget: ByteBudget) {
    this.#oldest = startRevision;
    this.#budget = budget;
    this.#place = budget.join(this);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Watches can start at this revision or later. */
  get oldest(): Revision {
    return this.#oldest;
  }

  /** Since this revision nothing has changed: an empty history knows only that there was no change since it was emptied. */
  get newest(): Revision {
    return this.#entries.at(-1)?.event.revision ?? this.#oldest;
  }

  /** Nothing is remembered yet, and nothing has changed since this revision. */
  begin(revision: Revision): void {
    this.#oldest = revision;
  }

  /** Forgets everything. */
  [Symbol.dispose](): void {
    this.#place[Symbol.dispose]();
    this.#entries = [];
    this.#bytes = 0;
  }

  remember(event: CacheEvent, after: ReadonlyPersistentMap<Stored>): void {
    this.#entries.push({ event, after });
    this.#count(bytesOf(event));
    if (this.#entries.length >= 2 * MOST) this.#keepLast(MOST);
  }

  /** Throws StatusError 410 when the history does not reach back that far. */
  since(after: Revision): CacheEvent[] {
    if (after < this.#oldest) throw newExpired(`too old resource version: ${after} (${this.#oldest})`);
    return this.#entries.slice(this.#following(after)).map((entry) => entry.event);
  }

  /** The content at a revision that is not the newest, when the history still reaches there. */
  contentAt(revision: Revision): ReadonlyPersistentMap<Stored> | undefined {
    if (revision < this.#oldest) return undefined;
    return this.#entries[this.#following(revision) - 1]?.after;
  }

  /** Forgets the older half of its bytes. */
  giveWay(): void {
    let kept = this.#entries.length;
    for (let bytes = 0; kept > 0; kept--) {
      bytes += bytesOf(this.#entries[kept - 1]!.event);
      if (bytes > this.#bytes / 2) break;
    }
    this.#keepLast(this.#entries.length - kept);
  }

  /** The index of the first entry after a revision. */
  #following(revision: Revision): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[middle]!.event.revision > revision) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #keepLast(count: number): void {
    const dropped = this.#entries.slice(0, this.#entries.length - count);
    if (dropped.length === 0) return;
    this.#entries = this.#entries.slice(dropped.length);
    this.#oldest = this.#entries[0]?.event.revision ?? dropped.at(-1)!.event.revision;
    this.#count(-dropped.reduce((sum, { event }) => sum + bytesOf(event), 0));
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#budget.changed(bytes);
  }
}

const bytesOf = ({ current, previous }: CacheEvent): number => ENTRY_BYTES + (current ?? previous!).size;
