import { existsSync, renameSync } from "node:fs";
import { resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Random } from "@dingi/base";
import { StoreUnavailableError } from "../errors.ts";
import { FIRST_REVISION } from "../store.ts";
import type { Revision } from "../store.ts";
import { judge, type FoundDatabase } from "./completeness.ts";
import { explainError } from "./failure.ts";
import { inspect } from "./inspect.ts";
import { createMark, markBeside, newIdentity, readMark, type Mark } from "./mark-file.ts";
import { prepare } from "./schema.ts";

/**
 * How far revisions jump, so that none that anybody may have seen, noted or not, comes again with another meaning. As
 * much as upstream's documentation has an etcd jump that was restored.
 */
const JUMP = 1_000_000_000;

export interface AcceptLossOptions {
  readonly path: string;
  readonly markPath?: string;
  readonly random: Random;
}

export interface AcceptedLoss {
  /** The newest revision that is still there. */
  readonly kept: Revision;
  /** Undefined when nothing tells. */
  readonly acknowledged: Revision | undefined;
  /** Where damaged files were put. */
  readonly movedTo: readonly string[];
}

/**
 * Lets a store that is open nowhere go on with what it still has. Whoever watched it begins anew, because all its history
 * counts as compacted. Undefined when nothing is lost. Throws StoreUnavailableError.
 */
export function acceptSqliteLoss(options: AcceptLossOptions): AcceptedLoss | undefined {
  const path = resolve(options.path);
  const markPath = resolve(options.markPath ?? markBeside(path));
  const { found, movedTo } = inspectOrMoveAway(path);
  const mark = readMark(markPath);
  if (movedTo.length === 0 && judge(found, mark).kind !== "loss") return undefined;
  const known: Partial<Mark> = typeof mark === "object" ? mark : {};
  const { store = found.store ?? newIdentity(options.random), revision: acknowledged } = known;
  const revision = Math.max(found.revision, acknowledged ?? FIRST_REVISION) + JUMP;
  jump(path, markPath, { store, revision });
  return { kept: found.revision, acknowledged, movedTo };
}

function jump(path: string, markPath: string, { store, revision }: Mark): void {
  try {
    using database = new DatabaseSync(path);
    prepare(database, { store });
    database.prepare("UPDATE compaction SET compacted = ?").run(revision);
    // While the database is locked: who opened it in between would go on with the mark that is replaced.
    createMark(markPath, { store, revision });
  } catch (error) {
    throw explainError(error, path);
  }
}

function inspectOrMoveAway(path: string): { readonly found: FoundDatabase; readonly movedTo: readonly string[] } {
  const empty = { isEmpty: true, revision: FIRST_REVISION };
  try {
    const found = existsSync(path) ? inspect(path) : empty;
    // A log without its database holds pieces of it at most.
    return { found, movedTo: found.isEmpty && existsSync(`${path}-wal`) ? moveAway(path) : [] };
  } catch (error) {
    if (!(error instanceof StoreUnavailableError) || error.reason !== "Damaged") throw error;
    return { found: empty, movedTo: moveAway(path) };
  }
}

function moveAway(path: string): readonly string[] {
  let number = 1;
  while (existsSync(`${path}.damaged-${number}`)) number++;
  return ["", "-wal", "-shm"].flatMap((suffix) => {
    if (!existsSync(path + suffix)) return [];
    renameSync(path + suffix, `${path}.damaged-${number}${suffix}`);
    return [`${path}.damaged-${number}${suffix}`];
  });
}
