import { chmod, chown, mkdir, open, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "@dingi/base";
import { readFileIfAny } from "../pki/private-file.ts";
import { formatKubeconfig, hasEntry, parseKubeconfig, withEntry, withoutEntry } from "./kubeconfig.ts";
import type { Kubeconfig, KubeconfigEntry } from "./kubeconfig.ts";

const LOCK_ATTEMPTS = 40;
const LOCK_RETRY_MS = 50;

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

interface KubeconfigFileOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Who gets a file or directory that is made; under sudo the calling user. Files that exist keep theirs. */
  readonly owner?: Owner;
}

/** The files that kubectl reads: those that KUBECONFIG names, else ~/.kube/config. Upstream: client-go/tools/clientcmd/loader.go */
export function kubeconfigPaths({
  kubeconfig,
  home,
}: {
  readonly kubeconfig?: string | undefined;
  readonly home: string;
}): string[] {
  const named = (kubeconfig ?? "").split(":").filter((path) => path !== "");
  return named.length > 0 ? [...new Set(named)] : [join(home, ".kube", "config")];
}

/** The one of them into which kubectl writes a new context: the first that exists, else the last. */
export async function kubeconfigPathToWrite(paths: readonly string[]): Promise<string> {
  for (const path of paths) if ((await statOf(path)) !== undefined) return path;
  return paths.at(-1)!;
}

/** Puts the entry into the file and makes it the current one; everything else in it stays. Throws when it is no kubeconfig. */
export async function mergeIntoKubeconfig(entry: KubeconfigEntry, options: KubeconfigFileOptions): Promise<void> {
  await change(options, (config) => withEntry(config, entry));
}

/** Takes context, cluster and user of this name out; returns whether there was anything. */
export async function removeFromKubeconfig(name: string, options: KubeconfigFileOptions): Promise<boolean> {
  if ((await statOf(options.path)) === undefined) return false;
  let found = false;
  await change(options, (config) => {
    found = hasEntry(config, name);
    return found ? withoutEntry(config, name) : config;
  });
  return found;
}

async function change(options: KubeconfigFileOptions, edit: (config: Kubeconfig) => Kubeconfig): Promise<void> {
  const { path, owner } = options;
  await makeDirectory(dirname(path), owner);
  await using _ = await lock(options);
  const text = await readFileIfAny(path);
  const before = parse(text ?? "", path);
  const after = edit(before);
  if (text !== undefined && isDeepStrictEqual(before, after)) return;
  await replace(path, formatKubeconfig(after), owner);
}

function parse(text: string, path: string): Kubeconfig {
  try {
    return parseKubeconfig(text);
  } catch (cause) {
    throw new Error(
      `The kubeconfig "${path}" cannot be read and was left as it is; mend it or name another one by KUBECONFIG`,
      { cause },
    );
  }
}

/** kubectl's own lock. Upstream: client-go/tools/clientcmd/loader.go#lockFile */
async function lock({ path, clock, owner }: KubeconfigFileOptions): Promise<AsyncDisposable> {
  const file = `${path}.lock`;
  for (let attempt = 1; ; attempt++) {
    try {
      await (await open(file, "wx", 0o600)).close();
      if (owner) await chown(file, owner.uid, owner.gid);
      return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
    } catch (cause) {
      if (!isCode(cause, "EEXIST")) throw cause;
      if (attempt === LOCK_ATTEMPTS) {
        throw new Error(`The kubeconfig "${path}" is locked; if no kubectl is running, delete "${file}"`, { cause });
      }
      await clock.sleep(LOCK_RETRY_MS);
    }
  }
}

/** As a whole, through links, and with the owner and mode that the file had. */
async function replace(path: string, text: string, owner: Owner | undefined): Promise<void> {
  const existing = await statOf(path);
  const target = existing ? await realpath(path) : path;
  const keeper = existing ?? owner;
  const mayKeep = !keeper || process.getuid?.() === 0 || process.getuid?.() === keeper.uid;
  if (!mayKeep) return writeFile(target, text);
  const temporary = `${target}.dingi-new`;
  try {
    await writeFile(temporary, text, { mode: 0o600, flush: true });
    if (keeper) await chown(temporary, keeper.uid, keeper.gid);
    if (existing) await chmod(temporary, existing.mode & 0o777);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function makeDirectory(directory: string, owner: Owner | undefined): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode: 0o750 });
  if (!first || !owner) return;
  for (let made = directory; made.length >= first.length; made = dirname(made)) await chown(made, owner.uid, owner.gid);
}

async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
