import { StoreUnavailableError } from "../errors.ts";
import type { Change, CommitResult, Entry, Revision, StoreEvent } from "../store.ts";
import type { CommitBatch, CommitOutcomes, PreviousValue } from "./protocol.ts";
import type { Answer } from "./worker-link.ts";

/** What goes into one transaction at most; the rest waits for the next. */
const BATCH_OPERATIONS = 512;
const BATCH_BYTES = 8 * 1024 * 1024;

interface Operation {
  readonly key: string;
  readonly expected: Change["expected"];
  /** Absent: delete. */
  readonly value: Uint8Array | undefined;
  /** Epoch milliseconds; 0: never. */
  readonly expiresAt: number;
}

interface Waiting extends Operation {
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: unknown) => void;
}

interface CommitQueueOptions {
  /** Answers in the order of the batches. */
  readonly send: (batch: CommitBatch, answer: Answer<"commit">) => void;
  /** Called before the writers are answered. */
  readonly publish: (events: readonly StoreEvent[]) => void;
}

/** Group commit: what arrives while one batch is on its way makes the next one. */
export class CommitQueue {
  readonly #options: CommitQueueOptions;
  #waiting: Waiting[] = [];
  #busy = false;
  #closed: PromiseWithResolvers<void> | undefined;

  constructor(options: CommitQueueOptions) {
    this.#options = options;
  }

  push(operation: Operation): Promise<CommitResult> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new StoreUnavailableError("Closed", "The store is closed"));
      this.#waiting.push({ ...operation, resolve, reject });
      if (this.#busy) return;
      this.#busy = true;
      queueMicrotask(() => this.#flush());
    });
  }

  /** Resolves when all writers were answered. */
  close(): Promise<void> {
    this.#closed ??= Promise.withResolvers();
    if (!this.#busy) this.#closed.resolve();
    return this.#closed.promise;
  }

  #flush(): void {
    const batch = this.#takeBatch();
    this.#busy = batch.length > 0;
    if (!this.#busy) return this.#closed?.resolve();
    this.#options.send(columnsOf(batch), {
      resolve: (outcomes) => this.#settle(batch, outcomes),
      reject: (error) => {
        for (const operation of batch) operation.reject(error);
        queueMicrotask(() => this.#flush());
      },
    });
  }

  #takeBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#waiting.length && count < BATCH_OPERATIONS && bytes < BATCH_BYTES) {
      bytes += this.#waiting[count]!.value?.byteLength ?? 0;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  #settle(batch: readonly Waiting[], outcomes: CommitOutcomes): void {
    const results = batch.map((operation, i) => resultOf(operation, outcomes, i));
    this.#options.publish(results.flatMap(({ event }) => event ?? []));
    for (const [i, { result }] of results.entries()) batch[i]!.resolve(result);
    // After the writers went on, so that what they write next goes together.
    queueMicrotask(() => this.#flush());
  }
}

function columnsOf(batch: readonly Operation[]): CommitBatch {
  return {
    keys: batch.map(({ key }) => key),
    expected: batch.map(({ expected }) => expected),
    values: batch.map(({ value }) => value ?? null),
    expiresAt: batch.map(({ expiresAt }) => expiresAt),
  };
}

function resultOf(
  operation: Operation,
  outcomes: CommitOutcomes,
  i: number,
): { result: CommitResult; event?: StoreEvent } {
  const revision = outcomes.revisions[i]!;
  const previous = entryOf(operation.key, outcomes.previous[i]!);
  if (revision === 0) return { result: { conflict: previous } };
  return {
    result: { revision, previous },
    event: eventOf(operation, { revision, createRevision: outcomes.createRevisions[i]!, previous }),
  };
}

function entryOf(key: string, previous: PreviousValue | null): Entry | undefined {
  if (!previous) return undefined;
  const { value, createRevision, revision } = previous;
  return { key, value, createRevision, revision };
}

interface Committed {
  readonly revision: Revision;
  readonly createRevision: Revision;
  readonly previous: Entry | undefined;
}

function eventOf({ key, value }: Operation, { revision, createRevision, previous }: Committed): StoreEvent {
  if (!value) return { type: "delete", key, revision, createRevision, ...(previous && { previous }) };
  return { type: "put", key, revision, value, createRevision, ...(previous && { previous }) };
}
