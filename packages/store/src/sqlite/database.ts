import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { SQLOutputValue } from "node:sqlite";
import type { Clock, Random } from "@dingi/base";
import { meetsCondition } from "../change.ts";
import { StoreUnavailableError } from "../errors.ts";
import { CompactedError, FIRST_REVISION, FutureRevisionError } from "../store.ts";
import type { Entry, Revision, StoreEvent } from "../store.ts";
import type { HistoryPage } from "../watch/watcher.ts";
import { checked, checksumOf } from "./checksum.ts";
import { incomplete, judge } from "./completeness.ts";
import { damaged, explainError } from "./failure.ts";
import { inspect } from "./inspect.ts";
import { createFirstMark, MarkFile, newIdentity, readMark } from "./mark-file.ts";
import type {
  CommitBatch,
  CommitOutcomes,
  HistoryQuery,
  PageOptions,
  PreviousValue,
  RangePage,
  WorkerOptions,
} from "./protocol.ts";
import { prepare } from "./schema.ts";
import { prepareStatements } from "./statements.ts";
import type { Statements } from "./statements.ts";

/** Above every key of the prefix: keys are ASCII. */
const AFTER_ALL = "\u{10ffff}";
/** How much history one call looks through, so that no call holds up the writers for long. */
const PAGE_BYTES = 2 * 1024 * 1024;
const ENTRY_OVERHEAD_BYTES = 256;
const HISTORY_STRETCH = 2000;
const SWEEP_STRETCH = 500;
const EXPIRE_STRETCH = 500;

interface Current {
  readonly revision: Revision;
  readonly createRevision: Revision;
}

interface Write {
  readonly key: string;
  readonly value: Uint8Array | null;
  readonly expiresAt: number;
  readonly current: Current | undefined;
}

interface DatabaseOptions extends WorkerOptions {
  readonly clock: Clock;
  readonly random: Random;
}

/** The synchronous engine; lives in the worker. One transaction, and one fsync, per batch. */
export class Database {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  #revision: Revision;
  #compacted: Revision;
  #swept: Revision;
  /** Why no more writes are taken. */
  #broken: unknown;
  readonly #mark: MarkFile;

  constructor(options: DatabaseOptions) {
    const { path, markPath, maxBytes, clock } = options;
    this.#path = path;
    try {
      const store = markedStore(options);
      this.#database = new DatabaseSync(path);
      prepare(this.#database, { store, maxBytes });
      // Left by the look at it; whoever has it alone needs none.
      rmSync(`${path}-shm`, { force: true });
      this.#statements = prepareStatements(this.#database);
      const onFailure = (error: unknown) => (this.#broken ??= markFailed(markPath, error));
      this.#mark = new MarkFile({ path: markPath, store, clock, onFailure });
    } catch (error) {
      throw explainError(error, path);
    }
    const compaction = this.#statements.compaction.get()!;
    this.#compacted = integer(compaction["compacted"]);
    this.#swept = integer(compaction["swept"]);
    // The newest deletion may have been swept; then the compaction is at least as new.
    const newest = integer(this.#statements.newest.get()!["revision"] ?? FIRST_REVISION);
    this.#revision = Math.max(newest, this.#compacted);
    this.#mark.write(this.#revision);
  }

  get revision(): Revision {
    return this.#revision;
  }

  commit(batch: CommitBatch): CommitOutcomes {
    const revisions: Revision[] = [];
    const createRevisions: Revision[] = [];
    const previous: (PreviousValue | null)[] = [];
    this.#transaction(() => {
      for (const [i, key] of batch.keys.entries()) {
        const value = batch.values[i]!;
        const current = this.#current(key);
        previous.push(current ? this.#valueOf(current) : null);
        const change = { expected: batch.expected[i]!, ...(value && { value }) };
        const met = meetsCondition(change, current?.revision ?? 0);
        revisions.push(met ? this.#write({ key, value, expiresAt: batch.expiresAt[i]!, current }) : 0);
        createRevisions.push(current?.createRevision ?? this.#revision);
      }
    });
    return { revisions, createRevisions, previous };
  }

  get(key: string): Entry | undefined {
    const current = this.#current(key);
    return current && { key, ...this.#valueOf(current) };
  }

  range(prefix: string, page: PageOptions): RangePage {
    const { limit = Infinity, after = "" } = page;
    const revision = page.revision ?? this.#revision;
    this.#checkReadable(revision);
    const bounds = { start: prefix, end: prefix + AFTER_ALL, revision };
    const entries: Entry[] = [];
    let bytes = 0;
    // One more than asked for shows whether anything remains; -1 is no limit.
    for (const row of this.#statements.range.iterate({
      ...bounds,
      after,
      limit: limit === Infinity ? -1 : limit + 1,
    })) {
      const last = entries.at(-1)?.key ?? after;
      if (entries.length === limit)
        return { entries, revision, more: false, remaining: this.#count({ ...bounds, after: last }) };
      if (bytes >= PAGE_BYTES) return { entries, revision, more: true, remaining: 0 };
      const entry = { key: text(row["key"]), ...valueOf(row) };
      entries.push(entry);
      bytes += entry.value.byteLength + ENTRY_OVERHEAD_BYTES;
    }
    return { entries, revision, more: false, remaining: 0 };
  }

  history(query: HistoryQuery): HistoryPage {
    const after = Math.max(query.after, FIRST_REVISION);
    if (after < this.#compacted) throw new CompactedError(this.#compacted);
    const through = Math.min(query.through, after + HISTORY_STRETCH);
    const { prefix } = query;
    const rows = this.#statements.history.all({ after, through, start: prefix, end: prefix + AFTER_ALL });
    return { events: rows.map(eventOf), through };
  }

  compact(revision: Revision): void {
    if (revision > this.#revision) throw new FutureRevisionError(this.#revision);
    if (revision <= this.#compacted) return;
    this.#transaction(() => this.#statements.setCompacted.run(revision));
    this.#compacted = revision;
  }

  /** Removes a stretch of what the last compaction made unreadable; returns whether there is more. */
  sweep(): boolean {
    const after = this.#swept;
    if (after === this.#compacted) return false;
    const stretch = this.#statements.sweepStretch.get(after, this.#compacted, SWEEP_STRETCH)!;
    const isLast = integer(stretch["count"]) < SWEEP_STRETCH;
    const through = isLast ? this.#compacted : integer(stretch["through"]);
    this.#transaction(() => {
      this.#statements.sweepSuperseded.run(after, through);
      this.#statements.sweepDeletions.run(after, through);
      this.#statements.setSwept.run(through);
    });
    this.#swept = through;
    return through < this.#compacted;
  }

  expire(nowMs: number): StoreEvent[] {
    const events: StoreEvent[] = [];
    this.#transaction(() => {
      for (const row of this.#statements.expired.all(nowMs, EXPIRE_STRETCH)) {
        const key = text(row["key"]);
        const current = currentOf(row);
        const previous = { key, ...this.#valueOf(current) };
        const revision = this.#write({ key, value: null, expiresAt: 0, current });
        events.push({ type: "delete", key, revision, createRevision: current.createRevision, previous });
      }
    });
    return events;
  }

  close(): void {
    this.#database.close();
    this.#mark.close();
  }

  #count(bounds: { start: string; end: string; revision: Revision; after: string }): number {
    return integer(this.#statements.count.get(bounds)!["count"]);
  }

  #current(key: string): Current | undefined {
    const row = this.#statements.current.get(key);
    return row && currentOf(row);
  }

  #valueOf({ revision, createRevision }: Current): PreviousValue {
    const row = this.#statements.value.get(revision);
    // Live keys point to rows of the history.
    if (!row) throw damaged(this.#path, { cause: new Error(`Revision ${revision} is missing`) });
    return { value: valueIn(row), createRevision, revision };
  }

  #write({ key, value, expiresAt, current }: Write): Revision {
    const revision = this.#revision + 1;
    const createRevision = current?.createRevision ?? revision;
    const checksum = checksumOf(key, value);
    this.#statements.append.run(revision, current?.revision ?? 0, value ? createRevision : 0, key, value, checksum);
    if (value) this.#statements.put.run(key, revision, createRevision, expiresAt || null);
    else this.#statements.delete.run(key);
    this.#revision = revision;
    return revision;
  }

  #checkReadable(revision: Revision): void {
    if (revision > this.#revision) throw new FutureRevisionError(this.#revision);
    if (revision < this.#compacted) throw new CompactedError(this.#compacted);
  }

  /** All or nothing, durable when it returns. */
  #transaction(body: () => void): void {
    if (this.#broken) throw this.#broken;
    const revision = this.#revision;
    try {
      this.#statements.begin.run();
      body();
      this.#statements.commit.run();
    } catch (error) {
      this.#revision = revision;
      this.#rollBack();
      const explained = explainError(error, this.#path);
      // After a failed write or fsync nobody knows what is on the disk: only a restart reads it anew.
      if (explained instanceof StoreUnavailableError && explained.reason !== "DiskFull") this.#broken = explained;
      throw explained;
    }
    if (this.#revision !== revision) this.#seal();
  }

  /** Before anyone is told of the writes: what is acknowledged is in the mark. */
  #seal(): void {
    try {
      this.#mark.write(this.#revision);
    } catch (error) {
      // The writes are done, but nobody may be told.
      this.#broken = markFailed(this.#path, error);
      throw this.#broken;
    }
  }

  #rollBack(): void {
    if (this.#database.isTransaction) this.#statements.rollback.run();
  }
}

/** The identity of a store that holds all that was acknowledged; throws when it holds less. The mark is there afterwards. */
function markedStore({ path, markPath, random }: DatabaseOptions): string {
  for (;;) {
    const found = inspect(path);
    const opening = judge(found, readMark(markPath));
    if (opening.kind === "loss") throw incomplete(path, opening);
    if (opening.kind === "known") return opening.store;
    const store = newIdentity(random);
    if (createFirstMark(markPath, { store, revision: found.revision })) return store;
  }
}

function markFailed(path: string, cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError(
    "Failed",
    `What was acknowledged could not be noted in "${path}"; check the disk and the kernel's log, then restart`,
    { cause },
  );
}

type Row = Record<string, SQLOutputValue>;

function integer(value: SQLOutputValue | undefined): number {
  return value as number;
}

function text(value: SQLOutputValue | undefined): string {
  return value as string;
}

/** SQLite may give an empty blob as null. */
function blob(value: SQLOutputValue | undefined): Uint8Array {
  return (value as Uint8Array | null) ?? new Uint8Array(0);
}

function currentOf(row: Row): Current {
  return { revision: integer(row["revision"]), createRevision: integer(row["create_revision"]) };
}

function valueOf(row: Row): PreviousValue {
  return { value: valueIn(row), ...currentOf(row) };
}

function valueIn(row: Row): Uint8Array {
  return checked({ key: text(row["key"]), value: blob(row["value"]), checksum: row["checksum"] });
}

function eventOf(row: Row): StoreEvent {
  const key = text(row["key"]);
  const { value, createRevision, revision } = valueOf(row);
  const previousCreated = integer(row["previous_create_revision"]);
  const previous = row["previous"] !== 0 && {
    key,
    value: checked({ key, value: blob(row["previous_value"]), checksum: row["previous_checksum"] }),
    createRevision: previousCreated,
    revision: integer(row["previous"]),
  };
  if (createRevision === 0)
    return { type: "delete", key, revision, createRevision: previousCreated, ...(previous && { previous }) };
  return { type: "put", key, revision, value, createRevision, ...(previous && { previous }) };
}
