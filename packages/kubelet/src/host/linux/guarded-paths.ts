import { constants } from "node:fs";
import { mkdir, open, type FileHandle } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { descend, descendMaking, Pinned } from "./pinned.ts";
import { removeEntry } from "./remove-tree.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;

/**
 * Paths below which no link is followed, and everything is reached by descriptor: containers are given directories there,
 * and could lead the agent, which is root, elsewhere. Other paths are the administrator's, and taken as they are.
 */
export class GuardedPaths {
  readonly #guarded: readonly string[];

  /** `guarded` themselves may lie behind links. */
  constructor(guarded: readonly string[]) {
    this.#guarded = guarded;
  }

  /** Where an entry is or will be; its directory has to exist. */
  async place(path: string): Promise<Place> {
    const { top, parts } = this.#split(path);
    if (parts.length === 0) return new Place(await Pinned.directory(dirname(path)), basename(path), false);
    await using start = await Pinned.directory(top);
    return new Place(await descend(start, parts.slice(0, -1)), parts.at(-1)!, true);
  }

  /** Undefined when nothing is there; a link, where it must not be followed, is itself what is there. */
  async open(path: string): Promise<Pinned | undefined> {
    await using place = await this.place(path).catch(ignoreMissing);
    return await place?.open().catch(ignoreMissing);
  }

  /** Undefined when no regular file is there. */
  async openToRead(path: string): Promise<FileHandle | undefined> {
    await using found = await this.open(path);
    return await found?.openToRead();
  }

  /** Fails with ENOENT or ENOTDIR. */
  async openDirectory(path: string): Promise<Pinned> {
    const { top, parts } = this.#split(path);
    await using start = await Pinned.directory(top);
    return await descend(start, parts);
  }

  /** Makes what is missing on the way. */
  async makeDirectory(path: string): Promise<Pinned> {
    const { top, parts } = this.#split(path);
    await mkdir(top, { recursive: true, mode: 0o755 });
    await using start = await Pinned.directory(top);
    return await descendMaking(start, parts);
  }

  #split(path: string): { readonly top: string; readonly parts: readonly string[] } {
    const top = this.#guarded.find((directory) => path.startsWith(`${directory}/`));
    return top === undefined ? { top: path, parts: [] } : { top, parts: path.slice(top.length + 1).split("/") };
  }
}

/** An entry of a directory that is held by descriptor. */
class Place implements AsyncDisposable {
  readonly #parent: Pinned;
  readonly #name: string;
  readonly #isGuarded: boolean;

  constructor(parent: Pinned, name: string, isGuarded: boolean) {
    this.#parent = parent;
    this.#name = name;
    this.#isGuarded = isGuarded;
  }

  /** For calls that act on the entry itself, such as rename. */
  get path(): string {
    return this.#parent.entry(this.#name);
  }

  async open(): Promise<Pinned> {
    return this.#isGuarded ? await this.#parent.child(this.#name) : await Pinned.following(this.path);
  }

  /** A regular file, made when nothing is there; its content stays. */
  async openToWrite(): Promise<FileHandle> {
    const noFollow = this.#isGuarded ? O_NOFOLLOW : 0;
    const file = await open(this.path, O_WRONLY | O_CREAT | O_NONBLOCK | noFollow, 0o600);
    if ((await file.stat()).isFile()) return file;
    await file.close();
    throw new Error(`"${this.#name}" is not a regular file, and was not written`);
  }

  /** A file that was not there. */
  async create(mode: number): Promise<FileHandle> {
    return await open(this.path, O_WRONLY | O_CREAT | O_EXCL, mode);
  }

  /** With all that is below it. */
  async remove(): Promise<void> {
    await removeEntry(this.#parent, this.#name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parent[Symbol.asyncDispose]();
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
  throw error;
}
