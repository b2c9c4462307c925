import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, lstat, mkdir, realpath, rmdir, unlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { mountPoints, unmountTree } from "./mounts.ts";
import { descend, descendMaking, Pinned, step } from "./pinned.ts";

interface SubPath {
  /** The volume's directory. */
  readonly volume: string;
  /** Below the volume, without "..". */
  readonly subPath: string;
}

type Resolve = (path: string) => Promise<string>;

/**
 * What a subPath names, pinned; a directory is made where there is nothing, with the mode of the volume itself. Containers
 * that write to the volume may change its links at any time, so a path is resolved only to know where to go, and then
 * gone part by part without following any link. Upstream: pkg/volume/util/subpath/subpath_linux.go
 */
export async function openSubPath({ volume, subPath }: SubPath, resolve: Resolve = realpath): Promise<Pinned> {
  const root = await resolve(volume);
  await using start = await Pinned.directory(root);
  const parts = partsOf(subPath);
  let resolved = await existing(root, parts, resolve);
  if (resolved === undefined) {
    await makeMissing(start, { root, parts, resolve });
    resolved = await resolve(join(root, ...parts));
  }
  return await openExactly(start, partsWithin(root, resolved, subPath));
}

async function existing(root: string, parts: readonly string[], resolve: Resolve): Promise<string | undefined> {
  return await resolve(join(root, ...parts)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

async function makeMissing(
  start: Pinned,
  { root, parts, resolve }: { root: string; parts: readonly string[]; resolve: Resolve },
): Promise<void> {
  let known = parts.length;
  let prefix: string | undefined;
  while (prefix === undefined && known > 0) prefix = await existing(root, parts.slice(0, --known), resolve);
  if (prefix === undefined) throw new Error(`Volume "${root}" is gone`);
  const mode = (await start.stat()).mode & 0o7777;
  await using from = await descend(start, partsWithin(root, prefix, parts.join("/")));
  // Not left to mkdir: its mode passes through the umask.
  await using _last = await descendMaking(from, parts.slice(known), (made) => chmod(made.path, mode));
}

function partsWithin(root: string, resolved: string, subPath: string): string[] {
  const parts = relative(root, resolved).split("/");
  if (parts[0] === "..") throw new Error(`subPath "${subPath}" leads out of its volume`);
  return parts.filter((part) => part !== "");
}

/** Whatever lies there, but no link. */
async function openExactly(start: Pinned, parts: readonly string[]): Promise<Pinned> {
  const last = parts.at(-1);
  if (last === undefined) return await descend(start, []);
  const found = await step(await descend(start, parts.slice(0, -1)), (parent) => parent.child(last));
  if (!(await found.stat()).isSymbolicLink()) return found;
  await found[Symbol.asyncDispose]();
  throw new Error(`"${parts.join("/")}" became a link while it was looked at`);
}

/**
 * Mounts what a subPath names at `target`, which only the agent can reach, so that the runtime has a path that nobody
 * can lead elsewhere.
 */
export async function bindSubPath(wanted: SubPath, target: string): Promise<void> {
  await using source = await openSubPath(wanted);
  await bindPinned(source, target);
}

/** Mounts the very inode at `target`, unless it is there already. */
export async function bindPinned(source: Pinned, target: string): Promise<void> {
  if (await isBound(source, target)) return;
  await unmountTree(target);
  await makeMountPoint(target, (await source.stat()).isDirectory());
  await bind(source, target);
}

async function isBound(source: Pinned, target: string): Promise<boolean> {
  if (!(await mountPoints()).includes(target)) return false;
  const [wanted, found] = [await source.stat(), await lstat(target)];
  return wanted.dev === found.dev && wanted.ino === found.ino;
}

/** A file can stand for all that is not a directory. */
async function makeMountPoint(target: string, isDirectory: boolean): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o750 });
  // Of a former mount, and perhaps of the other kind; what is neither goes nor can be made anew is reported below.
  for (const remove of [unlink, rmdir]) await remove(target).catch(() => {});
  if (isDirectory) await mkdir(target, { mode: 0o750 });
  else await writeFile(target, "", { mode: 0o640, flag: "wx" });
}

/** The kernel is given the descriptor, and mount(8) is kept from turning it into a name first. */
async function bind(source: Pinned, target: string): Promise<void> {
  const options = ["--no-canonicalize", "--bind", "/proc/self/fd/3", target];
  const mount = spawn("mount", options, { stdio: ["ignore", "ignore", "pipe", source.fd] });
  const said: Uint8Array[] = [];
  mount.stderr!.on("data", (chunk: Uint8Array) => said.length < 16 && said.push(chunk));
  const [code] = (await once(mount, "close")) as [number | null];
  if (code !== 0) throw new Error(`Could not mount a subPath at "${target}": ${Buffer.concat(said).toString().trim()}`);
}

/** The file's content, if it is not larger than `limit`; undefined when it does not exist. */
export async function readWithin(wanted: SubPath, limit: number): Promise<Uint8Array | undefined> {
  const root = await realpath(wanted.volume);
  const parts = partsOf(wanted.subPath);
  const resolved = await existing(root, parts, realpath);
  if (resolved === undefined) return undefined;
  await using start = await Pinned.directory(root);
  await using found = await openExactly(start, partsWithin(root, resolved, wanted.subPath));
  await using file = await found.openToRead();
  if (!file) throw new Error(`"${wanted.subPath}" is not a regular file`);
  const { size } = await file.stat();
  if (size > limit) throw new Error(`"${wanted.subPath}" has ${size} bytes; at most ${limit} are read`);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, 0);
  return buffer.subarray(0, bytesRead);
}

function partsOf(subPath: string): string[] {
  return subPath.split("/").filter((part) => part !== "" && part !== ".");
}
