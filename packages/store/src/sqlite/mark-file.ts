import { hash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Clock, Random } from "@dingi/base";
import type { Revision } from "../store.ts";

/** What was acknowledged of which store. */
export interface Mark {
  /** The store's identity, in hexadecimal; the database has it too. */
  readonly store: string;
  /** No revision above it was acknowledged, and each up to it may have been. */
  readonly revision: Revision;
}

/** "unreadable": there is a file, and none of its slots is whole. */
export type FoundMark = Mark | "absent" | "unreadable";

const MAGIC = Buffer.from("dingimk1");
const ID_BYTES = 16;
const SEALED_BYTES = MAGIC.length + ID_BYTES + 8;
const SEAL_BYTES = 32;
/** A disk writes a sector whole or not at all. */
const SLOT_BYTES = 512;
const SLOTS = 2;
/** How far behind the disk's copy may be; the kernel's is never behind. */
const SYNC_MS = 1000;

export function markBeside(path: string): string {
  return `${path}.mark`;
}

export function newIdentity(random: Random): string {
  return Buffer.from(random.bytes(ID_BYTES)).toString("hex");
}

export function readMark(path: string): FoundMark {
  if (!existsSync(path)) return "absent";
  const bytes = readFileSync(path);
  if (bytes.length !== SLOTS * SLOT_BYTES) return "unreadable";
  const marks = Array.from({ length: SLOTS }, (_, slot) => unsealed(bytes.subarray(slot * SLOT_BYTES))).filter(
    (mark) => mark !== undefined,
  );
  if (marks.length === 0) return "unreadable";
  return marks.reduce((newest, mark) => (mark.revision > newest.revision ? mark : newest));
}

/** Replaces whatever is there; durable when it returns. Only for who has the database to himself. */
export function createMark(path: string, mark: Mark): void {
  writeNew(`${path}.new`, mark);
  renameSync(`${path}.new`, path);
  syncDirectoryOf(path);
}

/**
 * Makes the first mark of a store; false when there is one. Of processes that open a new store at once, all go on with the
 * identity of one: which of them gets the database is not known yet.
 */
export function createFirstMark(path: string, mark: Mark): boolean {
  const own = `${path}.${mark.store}`;
  writeNew(own, mark);
  try {
    linkSync(own, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    unlinkSync(own);
  }
  syncDirectoryOf(path);
  return true;
}

function writeNew(path: string, mark: Mark): void {
  const bytes = Buffer.alloc(SLOTS * SLOT_BYTES);
  for (let slot = 0; slot < SLOTS; slot++) sealed(mark).copy(bytes, slot * SLOT_BYTES);
  const file = openSync(path, "w", 0o600);
  try {
    writeFileSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncDirectoryOf(path: string): void {
  const directory = openSync(dirname(path), "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

interface OpenMark {
  readonly path: string;
  readonly store: string;
  readonly clock: Clock;
  /** The disk would not take it: what is acknowledged from now on is not known after a power cut. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * The mark of a store that is open. A write goes to the kernel, so it outlives this process however that ends, and costs
 * microseconds; the disk follows within a second and nobody waits for it (ADR 18). The slots are written in turns, so that
 * one that a power cut tore leaves the other.
 */
export class MarkFile {
  readonly #options: OpenMark;
  readonly #file: number;
  #slot = 0;
  #timer: Disposable | undefined;
  #syncing = false;
  /** Written since the last sync began. */
  #dirty = false;

  constructor(options: OpenMark) {
    this.#options = options;
    this.#file = openSync(options.path, "r+");
  }

  write(revision: Revision): void {
    const { store, clock } = this.#options;
    writeSync(this.#file, sealed({ store, revision }), 0, undefined, this.#slot * SLOT_BYTES);
    this.#slot = (this.#slot + 1) % SLOTS;
    this.#dirty = true;
    if (!this.#syncing) this.#timer ??= clock.timer(SYNC_MS, () => this.#startSync());
  }

  close(): void {
    this.#timer?.[Symbol.dispose]();
    fdatasyncSync(this.#file);
    closeSync(this.#file);
  }

  #startSync(): void {
    [this.#timer, this.#syncing, this.#dirty] = [undefined, true, false];
    const { clock, onFailure } = this.#options;
    fdatasync(this.#file, (error) => {
      this.#syncing = false;
      if (error?.code === "EBADF") return; // Closed, and synced, meanwhile.
      if (error) return onFailure(error);
      if (this.#dirty) this.#timer = clock.timer(SYNC_MS, () => this.#startSync());
    });
  }
}

function sealed({ store, revision }: Mark): Buffer {
  const bytes = Buffer.alloc(SEALED_BYTES);
  MAGIC.copy(bytes);
  bytes.write(store, MAGIC.length, ID_BYTES, "hex");
  bytes.writeBigUInt64BE(BigInt(revision), MAGIC.length + ID_BYTES);
  return Buffer.concat([bytes, sealOf(bytes)]);
}

function unsealed(slot: Buffer): Mark | undefined {
  const bytes = slot.subarray(0, SEALED_BYTES);
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (!slot.subarray(SEALED_BYTES, SEALED_BYTES + SEAL_BYTES).equals(sealOf(bytes))) return undefined;
  return {
    store: bytes.subarray(MAGIC.length, MAGIC.length + ID_BYTES).toString("hex"),
    revision: Number(bytes.readBigUInt64BE(MAGIC.length + ID_BYTES)),
  };
}

function sealOf(bytes: Buffer): Buffer {
  return hash("sha256", bytes, "buffer");
}
