import { InvariantError } from "@dingi/base";
import { StoreUnavailableError } from "../errors.ts";
import { ChecksumError } from "./checksum.ts";
import { CompactedError, FutureRevisionError } from "../store.ts";
import type { Failure } from "./protocol.ts";

const SQLITE_READONLY = 8;
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

/** Says in our words what SQLite meant; anything else is returned as it is. */
export function explainError(error: unknown, path: string): unknown {
  if (error instanceof ChecksumError) return damaged(path, { cause: error });
  if (!isSqliteError(error)) return explainFileError(error, path);
  const options = { cause: error };
  // The low byte is the primary code, the rest says more.
  switch (error.errcode & 0xff) {
    case SQLITE_FULL:
      return diskFull(path, options);
    case SQLITE_BUSY:
      return new StoreUnavailableError(
        "InUse",
        `The store "${path}" is in use by another process; stop that process first`,
        options,
      );
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return notWritable(path, options);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return damaged(path, options);
    default:
      return new StoreUnavailableError(
        "Failed",
        `The store "${path}" failed and takes no more writes; check the disk and the kernel's log, then restart`,
        options,
      );
  }
}

const NOT_WRITABLE = ["EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR", "EISDIR"];

function explainFileError(error: unknown, path: string): unknown {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") return diskFull(path, { cause: error });
  return NOT_WRITABLE.includes(code) ? notWritable(path, { cause: error }) : error;
}

export function notWritable(path: string, options: ErrorOptions): StoreUnavailableError {
  return new StoreUnavailableError(
    "NotWritable",
    `The store "${path}" cannot be written; check the owner and mode of the file and its directory`,
    options,
  );
}

export function damaged(path: string, options: ErrorOptions): StoreUnavailableError {
  return new StoreUnavailableError(
    "Damaged",
    `The store "${path}" is damaged; put back a copy of it and of its mark, or accept the loss`,
    options,
  );
}

function diskFull(path: string, options: ErrorOptions): StoreUnavailableError {
  return new StoreUnavailableError(
    "DiskFull",
    `No space is left for the store "${path}"; free space on its file system or raise its size limit, writes then go on by themselves`,
    options,
  );
}

interface SqliteError extends Error {
  readonly errcode: number;
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number";
}

export function toFailure(error: unknown): Failure {
  if (error instanceof CompactedError) return { kind: "compacted", revision: error.compactedRevision };
  if (error instanceof FutureRevisionError) return { kind: "future", revision: error.currentRevision };
  if (error instanceof StoreUnavailableError) {
    const { reason, message } = error;
    return { kind: "unavailable", reason, message, cause: error.cause instanceof Error ? error.cause.message : "" };
  }
  const bug = error instanceof Error ? error : new Error(String(error));
  return { kind: "bug", message: bug.message, stack: bug.stack ?? "" };
}

export function fromFailure(failure: Failure): Error {
  switch (failure.kind) {
    case "compacted":
      return new CompactedError(failure.revision);
    case "future":
      return new FutureRevisionError(failure.revision);
    case "unavailable": {
      const options = failure.cause === "" ? {} : { cause: new Error(failure.cause) };
      return new StoreUnavailableError(failure.reason, failure.message, options);
    }
    case "bug":
      return new InvariantError(`The store's worker failed: ${failure.stack || failure.message}`);
  }
}
