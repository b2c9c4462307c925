import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Clock } from "@dingi/base";
import { quoted } from "./command.ts";
import { type Entry, entering, joinCgroup } from "./enter.ts";
import { childrenOf, identify, nameOf, type ProcessIdentity } from "./process-identity.ts";

const START_WAIT_MS = 10_000;
const STEP_MS = 2;

interface DaemonOptions {
  readonly entry: Entry;
  readonly cgroupProcs: readonly string[];
  /** Gets what the daemon writes. */
  readonly logFile: string;
  /** Waits until the daemon writes to its file descriptor 3. */
  readonly awaitReadyFd?: boolean;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts a program as a child of a pid namespace's init, so that it outlives us and ends with the namespace. Undefined when
 * it ended at once: its log says why.
 */
export async function startDaemon(
  init: ProcessIdentity,
  argv: readonly string[],
  options: DaemonOptions,
): Promise<ProcessIdentity | undefined> {
  const { entry, cgroupProcs, logFile, awaitReadyFd = false, clock, signal } = options;
  // The shell is in the namespace and ends, so the kernel makes the namespace's init the parent.
  const script = `${joinCgroup(cgroupProcs)}\nsetsid "$@" </dev/null >>${quoted(logFile)} 2>&1 &`;
  const [program = "", ...args] = entering(init.pid, ["sh", "-ec", script, "sh", ...argv], entry);
  const stdio = awaitReadyFd ? (["ignore", "ignore", "ignore", "pipe"] as const) : "ignore";
  const shell = spawn(program, args, { stdio: stdio as "ignore", ...(signal ? { signal } : {}) });
  const ready = shell.stdio[3] ? Promise.race([once(shell.stdio[3], "data"), once(shell.stdio[3], "end")]) : undefined;
  const [exitCode] = (await once(shell, "exit")) as [number | null];
  if (exitCode !== 0)
    throw new Error(`"${argv[0]}" could not be started in its namespaces: the shell ended with "${exitCode}"`);
  await ready;
  shell.stdio[3]?.destroy();
  const name = (argv[0] ?? "").split("/").at(-1) ?? "";
  return findDaemon(init, name, clock);
}

async function findDaemon(init: ProcessIdentity, name: string, clock: Clock): Promise<ProcessIdentity | undefined> {
  const end = clock.monotonic() + START_WAIT_MS;
  while (clock.monotonic() < end) {
    const children = await childrenOf(init.pid);
    const names = await Promise.all(children.map(nameOf));
    const index = names.lastIndexOf(name);
    if (index >= 0) return identify(children[index]!);
    // Between fork and exec it still has its parents' names.
    if (!names.some((other) => other === "setsid" || other === "sh")) return undefined;
    await clock.sleep(STEP_MS);
  }
  return undefined;
}
