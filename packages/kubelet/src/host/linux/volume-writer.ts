import { chmod, chown, lstat, mkdir, readdir, readFile, readlink, rename, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createHash } from "node:crypto";
import type { VolumeFile } from "../host.ts";
import { giveToGroup } from "./ownership.ts";
import type { Pinned } from "./pinned.ts";
import { removeEntry } from "./remove-tree.ts";

const DATA_LINK = "..data";
const TEMPORARY_LINK = "..data_tmp";

/**
 * Replaces the files of a volume in one step: they live in a directory of their own, to which `..data` points, and what
 * users see are links through it. Upstream: pkg/volume/util/atomic_writer.go
 */
export async function writeVolumeAtomically(
  volume: Pinned,
  files: readonly VolumeFile[],
  group: number | undefined,
): Promise<void> {
  const name = `..${fingerprint(files, group)}`;
  const current = await readlink(volume.entry(DATA_LINK)).catch(() => undefined);
  // A crash may have come before the links were made.
  if (current === name && (await isComplete(volume.entry(name), files))) return await linkTops(volume, files);
  const fresh = volume.entry(name);
  await removeEntry(volume, name);
  await mkdir(fresh);
  await chmod(fresh, 0o755);
  for (const file of files) await writeOne(fresh, file);
  // All of it, because the directory itself and the links are new the first time.
  if (group !== undefined) await giveToGroup(volume, { group, readOnly: true });
  await removeEntry(volume, TEMPORARY_LINK);
  await symlink(name, volume.entry(TEMPORARY_LINK));
  await rename(volume.entry(TEMPORARY_LINK), volume.entry(DATA_LINK));
  await linkTops(volume, files);
  await removeFormer(volume, name);
}

/** What was before, also what a crash left. */
async function removeFormer(volume: Pinned, name: string): Promise<void> {
  for (const other of await readdir(volume.path)) {
    if (other.startsWith("..") && other !== DATA_LINK && other !== name) await removeEntry(volume, other);
  }
}

function fingerprint(files: readonly VolumeFile[], group: number | undefined): string {
  const hash = createHash("sha256").update(String(group));
  for (const { path, mode, uid, content } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    hash.update(`${path}\0${mode}\0${uid}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 20);
}

/** Somebody with the right to may have changed what is there. */
async function isComplete(directory: string, files: readonly VolumeFile[]): Promise<boolean> {
  for (const { path, content } of files) {
    const found = await readFile(join(directory, path)).catch(() => undefined);
    if (!found || Buffer.compare(found, content) !== 0) return false;
  }
  return true;
}

async function writeOne(root: string, { path, content, mode, uid }: VolumeFile): Promise<void> {
  const target = join(root, path);
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  await writeFile(target, content);
  if (uid !== undefined) await chown(target, uid, -1);
  await chmod(target, mode);
}

/** Links for the first parts of all paths; those of files that are gone are removed. */
async function linkTops(volume: Pinned, files: readonly VolumeFile[]): Promise<void> {
  const wanted = new Set(files.map(({ path }) => path.split("/")[0]!));
  for (const name of await readdir(volume.path)) {
    if (name.startsWith("..") || wanted.has(name)) continue;
    if ((await lstat(volume.entry(name))).isSymbolicLink()) await removeEntry(volume, name);
  }
  for (const name of wanted) {
    const target = `${DATA_LINK}/${name}`;
    if ((await readlink(volume.entry(name)).catch(() => undefined)) === target) continue;
    await removeEntry(volume, name);
    await symlink(target, volume.entry(name));
  }
}
