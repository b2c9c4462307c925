import type { StoreUnavailableReason } from "../errors.ts";
import type { Entry, RangeOptions, Revision, StoreEvent } from "../store.ts";

/**
 * What the store and its worker say to each other. A batch is a few columns, not an object per operation:
 * that is what structured cloning copies fastest. Values are alone in their buffers.
 */
export interface CommitBatch {
  readonly keys: readonly string[];
  readonly expected: readonly (Revision | "any")[];
  /** null: delete. */
  readonly values: readonly (Uint8Array | null)[];
  /** Epoch milliseconds; 0: never. */
  readonly expiresAt: readonly number[];
}

/** One answer per operation, in order. Events are made of this and of what the store kept of the batch. */
export interface CommitOutcomes {
  /** 0: the condition failed and `previous` is what the key holds. */
  readonly revisions: readonly Revision[];
  readonly createRevisions: readonly Revision[];
  readonly previous: readonly (PreviousValue | null)[];
}

export interface PreviousValue {
  readonly value: Uint8Array;
  readonly createRevision: Revision;
  readonly revision: Revision;
}

export interface RangePage {
  readonly entries: readonly Entry[];
  readonly revision: Revision;
  /** Whether the answer was cut because of its size in bytes. */
  readonly more: boolean;
  /** Counted only where `limit` cut the answer. */
  readonly remaining: number;
}

export type PageOptions = Pick<RangeOptions, "limit" | "revision" | "after">;

export interface HistoryQuery {
  readonly prefix: string;
  readonly after: Revision;
  readonly through: Revision;
}

/** Method → [argument, result]. */
export interface Methods {
  commit: [CommitBatch, CommitOutcomes];
  get: [string, Entry | undefined];
  range: [{ readonly prefix: string; readonly page: PageOptions }, RangePage];
  history: [HistoryQuery, { readonly events: readonly StoreEvent[]; readonly through: Revision }];
  compact: [Revision, void];
  /** Does a bounded part of the work that is left by `compact`; false when none is left. */
  sweep: [undefined, boolean];
  /** Deletes a bounded number of keys. */
  expire: [number, readonly StoreEvent[]];
  close: [undefined, void];
}

export type Method = keyof Methods;

export interface Request<M extends Method = Method> {
  readonly id: number;
  readonly method: M;
  readonly argument: Methods[M][0];
}

/** Errors cross the thread as data, because cloning an error drops its class and its fields. */
export type Failure =
  | { readonly kind: "compacted"; readonly revision: Revision }
  | { readonly kind: "future"; readonly revision: Revision }
  | {
      readonly kind: "unavailable";
      readonly reason: StoreUnavailableReason;
      readonly message: string;
      readonly cause: string;
    }
  | { readonly kind: "bug"; readonly message: string; readonly stack: string };

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: Failure };

/** The reply to no request: the worker has opened the database. */
export const OPENED = 0;

export interface Opened {
  readonly revision: Revision;
}

export interface WorkerOptions {
  readonly path: string;
  readonly markPath: string;
  readonly maxBytes: number | undefined;
}
