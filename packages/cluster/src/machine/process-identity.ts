import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Clock } from "@dingi/base";

/** A process that cannot be confused with a later one of the same number. `pid` is the host's. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot. */
  readonly startTime: number;
  readonly bootId: string;
}

const KILL_WAIT_MS = 10_000;
const STEP_MS = 5;

/** Undefined when there is no such process, or only its remains. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await statOf(pid);
  if (!stat || stat.state === "Z" || stat.state === "X") return undefined;
  return { pid, startTime: stat.startTime, bootId: bootId() };
}

export async function isAlive(process: ProcessIdentity | undefined): Promise<boolean> {
  if (!process || process.bootId !== bootId()) return false;
  const now = await identify(process.pid);
  return now?.startTime === process.startTime;
}

/** Whether it was stopped (SIGSTOP) and does nothing until somebody has it go on; one that is traced is somebody's care. */
export async function isStopped(process: ProcessIdentity | undefined): Promise<boolean> {
  return (await isAlive(process)) && (await statOf(process!.pid))?.state === "T";
}

export function isSameProcess(one: ProcessIdentity | undefined, other: ProcessIdentity | undefined): boolean {
  return one?.pid === other?.pid && one?.startTime === other?.startTime && one?.bootId === other?.bootId;
}

/** Sends a signal to exactly this process; a process that is gone is success. */
export async function signalProcess(target: ProcessIdentity, signal: NodeJS.Signals): Promise<void> {
  if (!(await isAlive(target))) return;
  try {
    process.kill(target.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Kills it and waits until it is gone. */
export async function killProcess(target: ProcessIdentity, clock: Clock): Promise<void> {
  await signalProcess(target, "SIGKILL");
  const end = clock.monotonic() + KILL_WAIT_MS;
  while (await isAlive(target)) {
    if (clock.monotonic() > end) throw new Error(`Process "${target.pid}" does not end although it was killed`);
    await clock.sleep(STEP_MS);
  }
}

/** Host pids of the children of a process, oldest first. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await readOrUndefined(`/proc/${pid}/task/${pid}/children`);
  return (text ?? "").split(" ").filter(Boolean).map(Number);
}

/** The short name of a process, or undefined when it is gone. */
export async function nameOf(pid: number): Promise<string | undefined> {
  return (await readOrUndefined(`/proc/${pid}/comm`))?.trimEnd();
}

async function statOf(pid: number): Promise<{ state: string; startTime: number } | undefined> {
  const text = await readOrUndefined(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name in parentheses may hold anything, blanks and parentheses too.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "X", startTime: Number(fields[19]) };
}

async function readOrUndefined(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}

let knownBootId: string | undefined;

function bootId(): string {
  knownBootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return knownBootId;
}
