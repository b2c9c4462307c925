import type { StatsFs } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";

const MIB = 1024 * 1024;
/** The images of a new cluster, its store and its logs, and some room for pods. */
const NEEDED_BYTES = 512 * MIB;
const NEEDED_FILES = 10_000;

/** Rejects when a directory, or its nearest parent that exists, has too little room for a cluster. */
export async function requireDiskSpace(directory: string, neededBytes: number = NEEDED_BYTES): Promise<void> {
  const { bavail, bsize, ffree, files } = await statfsOfNearest(directory);
  const free = bavail * bsize;
  const remedy = "make room, or name another place by DINGI_HOME";
  if (free < neededBytes) {
    throw new Error(
      `Only ${Math.floor(free / MIB)} MiB are free for "${directory}", and ${Math.ceil(neededBytes / MIB)} are needed: ${remedy}`,
    );
  }
  // Some file systems have no fixed number of files and tell 0 of 0.
  if (files > 0 && ffree < NEEDED_FILES) {
    throw new Error(
      `Only ${ffree} more files fit on the disk of "${directory}", and ${NEEDED_FILES} are needed: ${remedy}`,
    );
  }
}

async function statfsOfNearest(directory: string): Promise<StatsFs> {
  try {
    return await statfs(directory);
  } catch (error) {
    const parent = dirname(directory);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === directory) throw error;
    return statfsOfNearest(parent);
  }
}
