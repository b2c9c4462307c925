import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/**
 * Reads a file below a directory whose content others may change at any time. Each part of the path is opened in the one
 * before, by its descriptor and without following links: what has been looked at is what is read. Undefined when there is
 * no such file, or something else in its place.
 */
export async function readBeneath(directory: string, path: string, limit: number): Promise<string | undefined> {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  const name = parts.pop();
  if (name === undefined || [...parts, name].includes("..")) return undefined;
  let parent = await open(directory, O_RDONLY | O_DIRECTORY);
  try {
    for (const part of parts) {
      const child = await openIn(parent, part, O_DIRECTORY);
      if (!child) return undefined;
      await parent.close();
      parent = child;
    }
    // A pipe is not waited for.
    await using file = await openIn(parent, name, O_NONBLOCK);
    if (!file || !(await file.stat()).isFile()) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(limit), 0, limit, 0);
    return buffer.subarray(0, bytesRead).toString();
  } finally {
    await parent.close();
  }
}

async function openIn(parent: FileHandle, name: string, flags: number): Promise<FileHandle | undefined> {
  try {
    return await open(`/proc/self/fd/${parent.fd}/${name}`, O_RDONLY | O_NOFOLLOW | flags);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["ENOENT", "ELOOP", "ENOTDIR", "ENXIO"].includes(code)) return undefined;
    throw error;
  }
}
