import { constants } from "node:fs";
import { mkdir, open, type FileHandle } from "node:fs/promises";

/** Missing in Node's constants: a descriptor that names an inode, and opens nothing. */
const O_PATH = 0o10_000_000;
const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/**
 * An inode held by descriptor: whoever renames directories or swaps links meanwhile, this stays what it was. Node has no
 * openat(2), but the kernel takes `/proc/self/fd/N/name` for the entry `name` of that very directory.
 */
export class Pinned implements AsyncDisposable {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** A directory that nobody but us and the machine's administrator can move; links on the way to it are followed. */
  static async directory(path: string): Promise<Pinned> {
    return new Pinned(await open(path, O_PATH | O_DIRECTORY));
  }

  /** Whatever lies there, links followed: for paths that are the administrator's alone. */
  static async following(path: string): Promise<Pinned> {
    return new Pinned(await open(path, O_PATH));
  }

  get fd(): number {
    return this.#file.fd;
  }

  /** Names the inode to any call of this process; never a link that could be changed. */
  get path(): string {
    return `/proc/self/fd/${this.#file.fd}`;
  }

  /** The path of one entry; calls that use it must not follow a link there. */
  entry(name: string): string {
    if (name === "" || name === "." || name === ".." || name.includes("/") || name.includes("\0"))
      throw new Error(`"${name}" is not a name of a directory entry`);
    return `${this.path}/${name}`;
  }

  /** What the entry names, a link included, which is not followed. */
  async child(name: string): Promise<Pinned> {
    return new Pinned(await open(this.entry(name), O_PATH | O_NOFOLLOW));
  }

  /** Fails with ENOTDIR where the entry is a link or anything but a directory. */
  async subdirectory(name: string): Promise<Pinned> {
    return new Pinned(await open(this.entry(name), O_PATH | O_NOFOLLOW | O_DIRECTORY));
  }

  async stat() {
    return await this.#file.stat();
  }

  /** Opens a regular file to be read; undefined for links, pipes (which would block) and devices (which would act). */
  async openToRead(): Promise<FileHandle | undefined> {
    if (!(await this.stat()).isFile()) return undefined;
    return await open(this.path, O_RDONLY | O_NONBLOCK);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

/** Goes down from a directory, part by part, through directories only. `start` stays open. */
export async function descend(start: Pinned, parts: readonly string[]): Promise<Pinned> {
  let at = await Pinned.directory(start.path);
  for (const part of parts) at = await step(at, (from) => from.subdirectory(part));
  return at;
}

/** As `descend`, making what is missing; `made` is called for each new directory. */
export async function descendMaking(
  start: Pinned,
  parts: readonly string[],
  made: (directory: Pinned) => Promise<void> = () => Promise.resolve(),
): Promise<Pinned> {
  let at = await Pinned.directory(start.path);
  for (const part of parts) {
    at = await step(at, async (from) => {
      const isNew = await makeEntry(from, part);
      const next = await from.subdirectory(part);
      if (isNew) await made(next);
      return next;
    });
  }
  return at;
}

/** Replaces a pinned directory by one that is reached from it. */
export async function step(from: Pinned, to: (from: Pinned) => Promise<Pinned>): Promise<Pinned> {
  await using left = from;
  return await to(left);
}

async function makeEntry(directory: Pinned, name: string): Promise<boolean> {
  try {
    await mkdir(directory.entry(name), 0o755);
    return true;
  } catch (error) {
    // Perhaps a link: then it is not gone through either.
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
