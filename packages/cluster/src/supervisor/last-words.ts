import { open, stat } from "node:fs/promises";

/** What `main.ts` and `endOnFailure` begin the reason of an end with. */
export const REASON_PREFIX = "dingi: ";
const TAIL_BYTES = 16 * 1024;
const LONGEST = 2_000;
/** Of V8, when it must end. */
const FATAL = /^(FATAL ERROR: .*|#? ?Fatal error .*|.*JavaScript heap out of memory.*)$/m;

/** The end of what a process wrote to a file that others before it wrote to as well. */
export class LastWords {
  readonly #path: string;
  #from = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** What is in the file now was said by others. */
  async begin(): Promise<void> {
    this.#from = await sizeOf(this.#path);
  }

  /** The reason that it gave, or that V8 gave; empty when there is none. */
  async read(): Promise<string> {
    return reasonIn(await tailOf(this.#path, this.#from));
  }
}

export function reasonIn(text: string): string {
  const at = `\n${text}`.lastIndexOf(`\n${REASON_PREFIX}`);
  if (at >= 0) return text.slice(at + REASON_PREFIX.length, at + LONGEST).trim();
  return FATAL.exec(text)?.[0].trim() ?? "";
}

async function sizeOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function tailOf(path: string, from: number): Promise<string> {
  await using file = await open(path, "r");
  const { size } = await file.stat();
  const start = Math.max(Math.min(from, size), size - TAIL_BYTES);
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - start), position: start });
  return buffer.subarray(0, bytesRead).toString();
}
