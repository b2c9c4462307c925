/** A store-wide counter: a safe integer above 0, raised by every commit. */
export type Revision = number;

/** That of an empty store; the first commit makes the next one. */
export const FIRST_REVISION: Revision = 1;

export interface Entry {
  readonly key: string;
  /** Never changed after it was given to the store or handed out by it; its buffer holds nothing else. */
  readonly value: Uint8Array;
  readonly createRevision: Revision;
  /** The revision of the last write to this key. */
  readonly revision: Revision;
}

export interface RangeOptions {
  /** Read as of this revision; the newest when absent. */
  readonly revision?: Revision;
  readonly limit?: number;
  /** Only keys greater than this one. */
  readonly after?: string;
  readonly signal?: AbortSignal;
}

export interface RangeResult {
  /** In byte order of their keys. */
  readonly entries: readonly Entry[];
  /** The revision at which the range was read. */
  readonly revision: Revision;
  /** Keys of the prefix after the last entry: 0 unless `limit` cut the answer. */
  readonly remaining: number;
}

export interface Change {
  /** The revision the key must have; 0: it must not exist; "any": unconditional. */
  readonly expected: Revision | 0 | "any";
  /** Absent: delete the key. */
  readonly value?: Uint8Array;
  /** The key is deleted by the first `expire` that comes this many milliseconds later. */
  readonly ttlMs?: number;
}

/** A failed condition is a value, not an error: `conflict` is what the key holds now, if anything. */
export type CommitResult =
  | { readonly revision: Revision; readonly previous: Entry | undefined }
  | { readonly conflict: Entry | undefined };

export interface StoreEvent {
  readonly type: "put" | "delete";
  readonly key: string;
  /** The revision of the commit that made this event. */
  readonly revision: Revision;
  /** Absent on a delete. */
  readonly value?: Uint8Array;
  readonly createRevision: Revision;
  /** What the key held before, absent when it did not exist. */
  readonly previous?: Entry;
}

export interface WatchOptions {
  readonly prefix: string;
  /** Events with a greater revision are delivered, in order, without gaps. */
  readonly after: Revision;
  readonly signal: AbortSignal;
}

/**
 * etcd's contract reduced to what Kubernetes uses. It knows bytes and revisions, no kinds.
 *
 * - An acknowledged commit is durable, and visible to every later read.
 * - Watchers are told of a commit before its writer is answered, so everyone reads their own writes.
 * - A deletion of a key that does not exist under "any" is answered with a conflict of undefined and makes no revision.
 */
export interface Store extends AsyncDisposable {
  get(key: string): Promise<Entry | undefined>;
  /** Throws CompactedError when `revision` is older than the last compaction, FutureRevisionError when it lies ahead. */
  range(prefix: string, options?: RangeOptions): Promise<RangeResult>;
  commit(key: string, change: Change): Promise<CommitResult>;
  /** One array per commit or batch of commits, revisions ascending. Throws CompactedError. Ends by throwing `signal.reason`. */
  watch(options: WatchOptions): AsyncIterable<readonly StoreEvent[]>;
  /** The newest acknowledged revision; linearizable. An empty store has revision 1. */
  readRevision(): Promise<Revision>;
  /** Forgets the history below `revision`; the newest value of each key stays. */
  compact(revision: Revision): Promise<void>;
  /** Deletes what has outlived its TTL at `nowMs`; returns how many keys. The store has no clock of its own. */
  expire(nowMs: number): Promise<number>;
}

export class CompactedError extends Error {
  override name = "CompactedError";
  readonly compactedRevision: Revision;

  constructor(compactedRevision: Revision) {
    super(`The required revision has been compacted (oldest is ${compactedRevision})`);
    this.compactedRevision = compactedRevision;
  }
}

export class FutureRevisionError extends Error {
  override name = "FutureRevisionError";
  readonly currentRevision: Revision;

  constructor(currentRevision: Revision) {
    super(`The required revision lies in the future (newest is ${currentRevision})`);
    this.currentRevision = currentRevision;
  }
}
