import { opendir, readFile, rename, rmdir, unlink } from "node:fs/promises";
import type { Pinned } from "./pinned.ts";

/** Deeper directories are moved up, so that neither descriptors nor stack grow with what a container has nested. */
const MAX_DEPTH = 32;
/** Somebody may go on writing while it is removed. */
const MAX_ROUNDS = 100;

/** Removes an entry and all below it; follows no link, enters no other mount. Nothing there is success. */
export async function removeEntry(parent: Pinned, name: string): Promise<void> {
  const removal = new Removal(await mountOf(parent));
  await removal.remove(parent, name, 0);
}

class Removal {
  readonly #mount: string;
  /** Names in the outermost directory. */
  readonly #moved: string[] = [];
  #outermost: Pinned | undefined;
  #count = 0;

  constructor(mount: string) {
    this.#mount = mount;
  }

  async remove(parent: Pinned, name: string, depth: number): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      if (await unlinked(parent, name)) return;
      if (depth === MAX_DEPTH) return await this.#moveUp(parent, name);
      await this.#empty(parent, name, depth);
      if (await removed(parent, name)) return;
    }
    throw new Error(`Directory "${name}" is filled faster than it can be removed`);
  }

  async #empty(parent: Pinned, name: string, depth: number): Promise<void> {
    const directory = await parent.subdirectory(name).catch(changedMeanwhile);
    if (!directory) return;
    await using open = directory;
    if ((await mountOf(open)) !== this.#mount)
      throw new Error(`Something is mounted on "${name}": it is not removed, and what is mounted there is not entered`);
    if (depth === 0) this.#outermost = open;
    for await (const entry of await opendir(open.path)) await this.remove(open, entry.name, depth + 1);
    if (depth > 0) return;
    for (let moved = this.#moved.pop(); moved !== undefined; moved = this.#moved.pop())
      await this.remove(open, moved, 1);
  }

  async #moveUp(parent: Pinned, name: string): Promise<void> {
    const aside = `.removed-${this.#count++}`;
    await rename(parent.entry(name), this.#outermost!.entry(aside));
    this.#moved.push(aside);
  }
}

/** False for a directory. */
async function unlinked(parent: Pinned, name: string): Promise<boolean> {
  try {
    await unlink(parent.entry(name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EISDIR") return false;
    if (code !== "ENOENT") throw error;
  }
  return true;
}

async function removed(parent: Pinned, name: string): Promise<boolean> {
  try {
    await rmdir(parent.entry(name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "ENOTDIR") return false;
    if (code !== "ENOENT") throw error;
  }
  return true;
}

/** Gone, or something else now: looked at anew. */
function changedMeanwhile(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
  throw error;
}

/** The device is not enough: a bind mount of the same file system has it, too. */
async function mountOf(pinned: Pinned): Promise<string> {
  const info = await readFile(`/proc/self/fdinfo/${pinned.fd}`, "utf8");
  return /^mnt_id:\s*(\d+)/m.exec(info)![1]!;
}
