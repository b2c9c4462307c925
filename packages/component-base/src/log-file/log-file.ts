import { closeSync, fstatSync, mkdirSync, openSync, renameSync, statSync, unlinkSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "@dingi/base";

const DEFAULT_MAX_BYTES = 10 * 1024 * 1024;
const DEFAULT_MAX_FILES = 3;

interface LogFileOptions {
  readonly path: string;
  /** Of one file; then it becomes `path.1`, that `path.2`, … */
  readonly maxBytes?: number;
  /** The one that is written included; the oldest is dropped. */
  readonly maxFiles?: number;
  /** A file that nobody has written to for longer is dropped when the next one is begun. */
  readonly maxAge?: { readonly ms: number; readonly clock: Clock } | undefined;
}

/**
 * Appends whole lines to a file of limited size. Each line is written at once, so that a process that is killed has
 * logged what it did. Logging never fails its caller: what a full disk did not take is counted and told later.
 */
export class LogFile implements Disposable {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #maxFiles: number;
  readonly #maxAge: LogFileOptions["maxAge"];
  #descriptor: number | undefined;
  #size = 0;
  #dropped = 0;

  /** Throws when the file cannot be opened. */
  constructor({ path, maxBytes = DEFAULT_MAX_BYTES, maxFiles = DEFAULT_MAX_FILES, maxAge }: LogFileOptions) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#maxFiles = maxFiles;
    this.#maxAge = maxAge;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#open();
  }

  /** One whole line, newline included: what a Logger's `write` gets. */
  readonly write = (line: string): void => {
    try {
      this.#append(line);
    } catch {
      this.#dropped++;
    }
  };

  [Symbol.dispose](): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #append(line: string): void {
    const bytes = Buffer.from(
      this.#dropped > 0 ? `${JSON.stringify({ msg: "Dropped log lines", lines: this.#dropped })}\n${line}` : line,
    );
    if (this.#size > 0 && this.#size + bytes.length > this.#maxBytes) this.#rotate();
    this.#descriptor ??= this.#open();
    for (let offset = 0; offset < bytes.length;) {
      const written = writeSync(this.#descriptor, bytes, offset);
      offset += written;
      this.#size += written;
    }
    this.#dropped = 0;
  }

  #open(): number {
    this.#descriptor = openSync(this.#path, "a", 0o600);
    this.#size = fstatSync(this.#descriptor).size;
    return this.#descriptor;
  }

  #rotate(): void {
    this[Symbol.dispose]();
    for (let i = this.#maxFiles - 1; i > 0; i--)
      renameIfThere(i === 1 ? this.#path : `${this.#path}.${i - 1}`, `${this.#path}.${i}`);
    if (this.#maxFiles === 1) closeSync(openSync(this.#path, "w", 0o600));
    this.#dropOld();
  }

  #dropOld(): void {
    if (!this.#maxAge) return;
    const oldestMs = this.#maxAge.clock.now() - this.#maxAge.ms;
    for (let i = 1; i < this.#maxFiles; i++) {
      const path = `${this.#path}.${i}`;
      if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < oldestMs) unlinkSync(path);
    }
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
