import { crc32 } from "node:zlib";
import type { SQLOutputValue } from "node:sqlite";

/** Of a row: SQLite notices when a page is no page any more, not when a value in it has changed. */
export function checksumOf(key: string, value: Uint8Array | null): number {
  return value ? crc32(value, crc32(key)) : crc32(key);
}

interface Checked {
  readonly key: string;
  readonly value: Uint8Array;
  /** NULL: written by a version that made none. */
  readonly checksum: SQLOutputValue | undefined;
}

/** A row is not what was written. */
export class ChecksumError extends Error {
  override name = "ChecksumError";

  constructor(key: string) {
    super(`The value of "${key}" is not what was written`);
  }
}

export function checked({ key, value, checksum }: Checked): Uint8Array {
  if (typeof checksum === "number" && checksum !== checksumOf(key, value)) throw new ChecksumError(key);
  return value;
}
