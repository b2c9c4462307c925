import { existsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { StoreUnavailableError } from "../errors.ts";
import { FIRST_REVISION } from "../store.ts";
import type { FoundDatabase } from "./completeness.ts";
import { damaged, explainError } from "./failure.ts";
import { VERSION } from "./schema.ts";

/** A larger database is not read whole at each start: its damage shows when the page is read. */
const CHECKED_BYTES = 128 * 1024 * 1024;

/**
 * Looks at a database without changing it: a log that is damaged stays as it is for whoever wants to mend it, while a
 * connection that may write would cut it where the damage begins. Throws StoreUnavailableError.
 */
export function inspect(path: string): FoundDatabase {
  try {
    // SQLite itself would delete a log that has no database.
    if (statSync(path).size === 0)
      return { isEmpty: true, isHeadless: existsSync(`${path}-wal`), revision: FIRST_REVISION };
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      return look(database, path);
    } finally {
      database.close();
    }
  } catch (error) {
    throw explainError(error, path);
  }
}

function look(database: DatabaseSync, path: string): FoundDatabase {
  const numberOf = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0] as number | null;
  const version = numberOf("PRAGMA user_version") ?? 0;
  if (version > VERSION) {
    throw new StoreUnavailableError(
      "TooNew",
      `The store "${path}" was written by a newer version; use that version or a newer one`,
    );
  }
  if (version === 0) return { isEmpty: true, revision: FIRST_REVISION };
  if (statSync(path).size <= CHECKED_BYTES) requireSound(database, path);
  const newest = numberOf("SELECT max(revision) FROM history") ?? FIRST_REVISION;
  // The newest deletion may have been swept; then the compaction is at least as new.
  const revision = Math.max(newest, numberOf("SELECT compacted FROM compaction") ?? FIRST_REVISION);
  if (version === 1) return { isEmpty: false, revision };
  const identity = database.prepare("SELECT store FROM identity").get()?.["store"];
  if (!(identity instanceof Uint8Array)) throw damaged(path, { cause: new Error("It has no identity") });
  return { isEmpty: false, revision, store: Buffer.from(identity).toString("hex") };
}

function requireSound(database: DatabaseSync, path: string): void {
  const found = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
  if (found !== "ok") throw damaged(path, { cause: new Error(String(found)) });
}
