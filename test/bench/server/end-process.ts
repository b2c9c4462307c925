import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { systemClock } from "@dingi/base";

const END_MS = 10_000;

/** Asks it to end, and kills it when it does not. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  using _killer = systemClock.timer(END_MS, () => child.kill("SIGKILL"));
  await exited;
}
