import { StoreUnavailableError } from "../errors.ts";
import { FIRST_REVISION } from "../store.ts";
import type { Revision } from "../store.ts";
import type { FoundMark } from "./mark-file.ts";

/** What a database was found to hold, before anything of it was changed. */
export interface FoundDatabase {
  /** Without tables: it is new, or was emptied. */
  readonly isEmpty: boolean;
  /** Empty, but there is a log: some database was here. */
  readonly isHeadless?: boolean;
  /** Absent in one of a version that knew no mark. */
  readonly store?: string;
  readonly revision: Revision;
}

/** How a store that lacks nothing is opened. */
type Opening =
  /** Both are there and agree. */
  | { readonly kind: "known"; readonly store: string }
  /** Nothing was ever acknowledged, or it was by a version that made no mark: the mark is made first. */
  | { readonly kind: "unmarked" };

/** What is missing, in words. */
interface Loss {
  readonly kind: "loss";
  readonly what: string;
}

/** Whether a database holds all that was acknowledged. */
export function judge(database: FoundDatabase, mark: FoundMark): Opening | Loss {
  if (mark === "unreadable") return loss("the record of what was acknowledged is damaged");
  if (mark === "absent") {
    if (database.isHeadless) return loss("only its log (-wal) is there");
    if (database.store === undefined) return { kind: "unmarked" };
    return loss("the record of what was acknowledged is missing");
  }
  const { store, revision } = mark;
  if (database.isEmpty) {
    if (revision <= FIRST_REVISION) return { kind: "known", store };
    return loss(`it is missing or empty, although writes up to revision ${revision} were acknowledged`);
  }
  if (database.store !== undefined && database.store !== store)
    return loss("it belongs to another cluster, or was replaced");
  if (database.revision < revision)
    return loss(
      `it ends at revision ${database.revision}, although writes up to ${revision} were acknowledged: its database or ` +
        "its log (-wal) is missing, cut, damaged or older",
    );
  return { kind: "known", store };
}

function loss(what: string): Loss {
  return { kind: "loss", what };
}

export function incomplete(path: string, { what }: Loss): StoreUnavailableError {
  return new StoreUnavailableError(
    "Incomplete",
    `The store "${path}" has lost writes: ${what}. Put back the files that were there, or accept the loss`,
  );
}
