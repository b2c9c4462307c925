import { type ChildProcess, spawn } from "node:child_process";
import { CommandError } from "./command.ts";
import { childrenOf, identify, type ProcessIdentity, signalProcess } from "./process-identity.ts";

interface NamespacesOptions {
  /** unshare's flags, as in ["--net", "--mount"]. A pid namespace is always made: its end ends everything in it. */
  readonly flags: readonly string[];
  /** Runs in the new namespaces before they count as made; an error in it takes them down again. */
  readonly setUp: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes namespaces held by an init process that reaps orphans and is told to outlive us. They are not pinned anywhere: they
 * vanish with the init.
 */
export async function createNamespaces(options: NamespacesOptions): Promise<ProcessIdentity> {
  const script = `set -e\n${options.setUp}\necho ready >&3\nexec catatonit -P </dev/null >/dev/null 2>&1 3>&-`;
  const argv = ["unshare", "--pid", "--fork", ...options.flags, "sh", "-c", script];
  const [program = "", ...args] = argv;
  const stderr: Buffer[] = [];
  const unshare = spawn(program, args, { detached: true, stdio: ["ignore", "ignore", "pipe", "pipe"] });
  const isReady = await untilReady(unshare, stderr);
  const [pid] = unshare.pid === undefined ? [] : await childrenOf(unshare.pid);
  const init = pid === undefined ? undefined : await identify(pid);
  // Its only work was to fork; without it the init belongs to the machine's own init.
  unshare.kill("SIGKILL");
  for (const stream of unshare.stdio) stream?.destroy();
  if (options.signal?.aborted || !isReady) {
    if (init) await signalProcess(init, "SIGKILL");
    options.signal?.throwIfAborted();
  }
  if (!isReady || !init) {
    throw new CommandError(argv.slice(0, -1), {
      exitCode: unshare.exitCode ?? 1,
      stderr: Buffer.concat(stderr).toString(),
    });
  }
  return init;
}

/** False when the script failed. */
async function untilReady(unshare: ChildProcess, stderr: Buffer[]): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  unshare.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
  unshare.stdio[3]?.once("data", () => resolve(true));
  unshare.once("close", () => resolve(false));
  unshare.once("error", (cause) => reject(new Error('"unshare" could not be run', { cause })));
  return promise;
}
