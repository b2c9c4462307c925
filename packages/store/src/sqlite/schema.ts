import type { DatabaseSync } from "node:sqlite";
import { FIRST_REVISION } from "../store.ts";

/** 2: the database has an identity, and rows their checksums. */
export const VERSION = 2;
/** "ding" */
const APPLICATION_ID = 0x64696e67;
const PAGE_BYTES = 4096;
/** Pages in the write-ahead log that make a commit copy them into the database. */
const CHECKPOINT_PAGES = 4000;

/**
 * `history` has one row per revision and is only appended to and swept. A row with `create_revision` 0 is a deletion.
 * `previous` is the revision of the key's row before, 0 when there was none; such a row is there as long as the
 * revision that superseded it is above the compaction.
 *
 * There is no index by key and revision on purpose: it would double what each write dirties. A range at a revision
 * undoes the later events instead, whose number compaction bounds.
 */
const TABLES = `
  CREATE TABLE history (
    revision INTEGER PRIMARY KEY,
    previous INTEGER NOT NULL,
    create_revision INTEGER NOT NULL,
    key TEXT NOT NULL,
    value BLOB
  ) STRICT;
  CREATE TABLE live (
    key TEXT PRIMARY KEY,
    revision INTEGER NOT NULL,
    create_revision INTEGER NOT NULL,
    expires_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX live_expires_at ON live (expires_at) WHERE expires_at IS NOT NULL;
  -- compacted: reads below this revision are refused; swept: what they would need was removed up to here.
  CREATE TABLE compaction (id INTEGER PRIMARY KEY CHECK (id = 0), compacted INTEGER NOT NULL, swept INTEGER NOT NULL) STRICT;
  INSERT INTO compaction VALUES (0, ${FIRST_REVISION}, ${FIRST_REVISION});
`;

/** What tells this store from any other; the mark beside the database has it too. */
const IDENTITY = `
  CREATE TABLE identity (id INTEGER PRIMARY KEY CHECK (id = 0), store BLOB NOT NULL) STRICT;
  -- Of key and value; NULL in rows of version 1. SQLite's own pages have none.
  ALTER TABLE history ADD COLUMN checksum INTEGER;
`;

interface PrepareOptions {
  readonly maxBytes?: number | undefined;
  /** In hexadecimal. */
  readonly store: string;
}

/** Makes the connection durable and its owner the only one, and the tables where there are none. */
export function prepare(database: DatabaseSync, options: PrepareOptions) {
  database.exec(`
    PRAGMA page_size = ${PAGE_BYTES};
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
    PRAGMA journal_size_limit = ${4 * CHECKPOINT_PAGES * PAGE_BYTES};
    PRAGMA cache_size = -8192;
    PRAGMA temp_store = MEMORY;
  `);
  if (options.maxBytes !== undefined) {
    database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(options.maxBytes / PAGE_BYTES))}`);
  }
  // The exclusive lock is only taken by the first write.
  database.exec("BEGIN IMMEDIATE");
  const version = Number(database.prepare("PRAGMA user_version").get()!["user_version"]);
  if (version === 0) database.exec(`${TABLES} PRAGMA application_id = ${APPLICATION_ID};`);
  if (version < VERSION) database.exec(`${IDENTITY} PRAGMA user_version = ${VERSION};`);
  database
    .prepare(
      "INSERT INTO identity VALUES (0, ?) ON CONFLICT DO UPDATE SET store = excluded.store WHERE store <> excluded.store",
    )
    .run(Buffer.from(options.store, "hex"));
  database.exec("COMMIT");
}
