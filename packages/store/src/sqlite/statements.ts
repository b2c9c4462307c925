import type { DatabaseSync } from "node:sqlite";

/**
 * The keys and their rows at :revision. For the newest revision `undone` is empty. Otherwise a key that was written
 * later has there the row that its first later event superseded: 0 when it did not exist.
 */
const ROWS_AT_REVISION = `
  WITH undone AS (
    SELECT key, previous AS revision, min(revision) FROM history
    WHERE revision > :revision AND key >= :start AND key < :end GROUP BY key
  ), rows AS (
    SELECT key, revision FROM live WHERE key >= :start AND key < :end AND key > :after AND revision <= :revision
    UNION ALL
    SELECT key, revision FROM undone WHERE revision > 0 AND key > :after
  )`;

export type Statements = ReturnType<typeof prepareStatements>;

export function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string) => database.prepare(sql);
  return {
    begin: prepare("BEGIN IMMEDIATE"),
    commit: prepare("COMMIT"),
    rollback: prepare("ROLLBACK"),

    current: prepare("SELECT revision, create_revision FROM live WHERE key = ?"),
    value: prepare("SELECT key, value, checksum FROM history WHERE revision = ?"),
    append: prepare(
      "INSERT INTO history (revision, previous, create_revision, key, value, checksum) VALUES (?, ?, ?, ?, ?, ?)",
    ),
    put: prepare(`
      INSERT INTO live (key, revision, create_revision, expires_at) VALUES (?, ?, ?, ?)
      ON CONFLICT (key) DO UPDATE SET revision = excluded.revision, expires_at = excluded.expires_at`),
    delete: prepare("DELETE FROM live WHERE key = ?"),
    expired: prepare(`
      SELECT key, revision, create_revision FROM live WHERE expires_at <= ? ORDER BY expires_at, key LIMIT ?`),

    range: prepare(`${ROWS_AT_REVISION}
      SELECT rows.key, value, checksum, create_revision, rows.revision FROM rows JOIN history USING (revision)
      ORDER BY rows.key LIMIT :limit`),
    count: prepare(`${ROWS_AT_REVISION} SELECT count(*) AS count FROM rows`),
    history: prepare(`
      SELECT h.key, h.value, h.checksum, h.create_revision, h.revision, h.previous,
        p.value AS previous_value, p.checksum AS previous_checksum, p.create_revision AS previous_create_revision
      FROM history h LEFT JOIN history p ON p.revision = h.previous
      WHERE h.revision > :after AND h.revision <= :through AND h.key >= :start AND h.key < :end
      ORDER BY h.revision`),
    newest: prepare("SELECT max(revision) AS revision FROM history"),

    compaction: prepare("SELECT compacted, swept FROM compaction"),
    setCompacted: prepare("UPDATE compaction SET compacted = ?"),
    /** Revisions need not be dense: accepting a loss leaves a gap. */
    sweepStretch: prepare(`
      SELECT max(revision) AS through, count(*) AS count FROM
        (SELECT revision FROM history WHERE revision > ? AND revision <= ? ORDER BY revision LIMIT ?)`),
    setSwept: prepare("UPDATE compaction SET swept = ?"),
    sweepSuperseded: prepare(`
      DELETE FROM history WHERE revision IN
        (SELECT previous FROM history WHERE revision > ? AND revision <= ? AND previous > 0)`),
    sweepDeletions: prepare("DELETE FROM history WHERE revision > ? AND revision <= ? AND create_revision = 0"),
  };
}
