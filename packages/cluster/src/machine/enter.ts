import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import type { Clock } from "@dingi/base";
import { type CommandOptions, quoted, run } from "./command.ts";
import { childrenOf, identify, type ProcessIdentity } from "./process-identity.ts";

/** Which of an init's namespaces are entered. */
export type Entry = "net" | "pid" | "all";

const FLAGS: Readonly<Record<Entry, readonly string[]>> = {
  net: ["--net"],
  pid: ["--pid"],
  all: ["--mount", "--net", "--pid", "--uts", "--ipc"],
};
const FORK_WAIT_MS = 5_000;
const STEP_MS = 1;

/** The command line that runs `argv` in the namespaces of the process `pid`. */
export function entering(pid: number, argv: readonly string[], entry: Entry = "all"): readonly string[] {
  return ["nsenter", "--target", String(pid), ...FLAGS[entry], "--", ...argv];
}

/** Runs a shell script there to its end. */
export function runScript(
  pid: number,
  script: string,
  options: CommandOptions & { entry?: Entry } = {},
): Promise<string> {
  return run(entering(pid, ["sh", "-ec", script], options.entry ?? "net"), options);
}

/** Shell lines that move the shell, and what it starts, into a cgroup. */
export function joinCgroup(procsFiles: readonly string[]): string {
  return procsFiles.map((file) => `echo 0 > ${quoted(file)}`).join("\n");
}

export interface SpawnOptions {
  readonly entry?: Entry;
  readonly cgroupProcs?: readonly string[];
  readonly stdio: StdioOptions;
  readonly env?: NodeJS.ProcessEnv;
  readonly clock: Clock;
}

export interface EnteredProcess {
  /** `nsenter`, waiting: it has the streams and the exit code, but signals must go to `identity`. */
  readonly child: ChildProcess;
  readonly identity: ProcessIdentity;
}

/** Starts a program in the namespaces of the process `pid`; it outlives us. */
export async function spawnInside(
  pid: number,
  argv: readonly string[],
  options: SpawnOptions,
): Promise<EnteredProcess> {
  const { entry = "all", cgroupProcs = [], clock, stdio, env } = options;
  const script = `${joinCgroup(cgroupProcs)}\nexec "$@"`;
  const [program = "", ...args] = entering(pid, ["sh", "-ec", script, "sh", ...argv], entry);
  const child = spawn(program, args, { stdio, detached: true, ...(env ? { env } : {}) });
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  child.once("error", (cause) =>
    failure.reject(new Error(`"${argv[0]}" could not be started in its namespaces`, { cause })),
  );
  const identity = await Promise.race([forkOf(child, clock), failure.promise]);
  if (!identity) throw new Error(`"${argv[0]}" ended at once when it was started in its namespaces`);
  return { child, identity };
}

/** nsenter forks when it enters a pid namespace; the program is its child. */
async function forkOf(child: ChildProcess, clock: Clock): Promise<ProcessIdentity | undefined> {
  const end = clock.monotonic() + FORK_WAIT_MS;
  while (child.exitCode === null && child.signalCode === null && clock.monotonic() < end) {
    const [pid] = child.pid === undefined ? [] : await childrenOf(child.pid);
    const identity = pid === undefined ? undefined : await identify(pid);
    if (identity) return identity;
    await clock.sleep(STEP_MS);
  }
  return undefined;
}
