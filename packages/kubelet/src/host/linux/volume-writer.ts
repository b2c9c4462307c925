import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
  lstat,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { createHash } from "node:crypto";
import type { VolumeFile } from "../host.ts";

const DATA_LINK = "..data";

/**
 * Replaces the files of a volume in one step: they live in a directory of their own, to which `..data` points, and what
 * users see are links through it. Upstream: pkg/volume/util/atomic_writer.go
 */
export async function writeVolumeAtomically(
  directory: string,
  files: readonly VolumeFile[],
  group: number | undefined,
): Promise<void> {
  const name = `..${fingerprint(files, group)}`;
  const current = await readlink(join(directory, DATA_LINK)).catch(() => undefined);
  // A crash may have come before the links were made.
  if (current === name && (await isComplete(join(directory, name), files))) return await linkTops(directory, files);
  const fresh = join(directory, name);
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o755 });
  for (const file of files) await writeOne(fresh, file, group);
  const temporary = join(directory, "..data_tmp");
  await rm(temporary, { force: true });
  await symlink(name, temporary);
  await rename(temporary, join(directory, DATA_LINK));
  await linkTops(directory, files);
  await removeFormer(directory, name);
}

/** What was before, also what a crash left. */
async function removeFormer(directory: string, name: string): Promise<void> {
  for (const other of await readdir(directory)) {
    if (other.startsWith("..") && other !== DATA_LINK && other !== name)
      await rm(join(directory, other), { recursive: true, force: true });
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

async function writeOne(
  root: string,
  { path, content, mode, uid }: VolumeFile,
  group: number | undefined,
): Promise<void> {
  const target = join(root, path);
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  await writeFile(target, content);
  if (uid !== undefined || group !== undefined) await chown(target, uid ?? 0, group ?? 0);
  await chmod(target, group === undefined ? mode : mode | 0o440);
}

/** Links for the first parts of all paths; those of files that are gone are removed. */
async function linkTops(directory: string, files: readonly VolumeFile[]): Promise<void> {
  const wanted = new Set(files.map(({ path }) => path.split("/")[0]!));
  for (const name of await readdir(directory)) {
    if (name.startsWith("..") || wanted.has(name)) continue;
    if ((await lstat(join(directory, name))).isSymbolicLink()) await rm(join(directory, name));
  }
  for (const name of wanted) {
    const target = `${DATA_LINK}/${name}`;
    if ((await readlink(join(directory, name)).catch(() => undefined)) === target) continue;
    await rm(join(directory, name), { force: true });
    await symlink(target, join(directory, name));
  }
}
