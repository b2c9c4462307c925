import type { ChildProcess } from "node:child_process";
import { describeError, type Clock, type Logger } from "@dingi/base";

export interface StartedProcess {
  readonly child: ChildProcess;
  /** The host's; not always the child's. */
  readonly pid: number;
  /** Asks it to end; SIGTERM to the child when absent. */
  readonly stop?: () => void;
}

export interface SuperviseOptions {
  readonly name: string;
  readonly start: () => Promise<StartedProcess>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onStart?: (pid: number) => Promise<void>;
}

const FIRST_MS = 100;
const MAX_MS = 10_000;
const STABLE_MS = 60_000;

/** Keeps a process running: one that ends is started again, after a wait that grows while it keeps ending early. */
export async function supervise(options: SuperviseOptions): Promise<void> {
  const { name, start, clock, logger, signal, onStart } = options;
  let waitMs = FIRST_MS;
  while (!signal.aborted) {
    const startedMs = clock.monotonic();
    try {
      const { child, pid, stop } = await start();
      onStart?.(pid).catch((error: unknown) => {
        logger.warn("Process was not recorded", { process: name, error: describeError(error) });
      });
      const code = await ended(child, signal, stop);
      if (signal.aborted) return;
      logger.warn("Process ended and is started again", { process: name, pid, code });
    } catch (error) {
      if (signal.aborted) return;
      logger.error("Process did not start", { process: name, error: describeError(error) });
    }
    if (clock.monotonic() - startedMs > STABLE_MS) waitMs = FIRST_MS;
    await clock.sleep(waitMs, signal).catch(() => {});
    waitMs = Math.min(waitMs * 2, MAX_MS);
  }
}

/** Resolves to how it ended: an exit code or a signal's name. */
async function ended(child: ChildProcess, signal: AbortSignal, stop: (() => void) | undefined): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  child.once("exit", (code, name) => resolve(name ?? String(code)));
  if (child.exitCode !== null || child.signalCode !== null) resolve(child.signalCode ?? String(child.exitCode));
  const onAbort = () => (stop ? stop() : child.kill("SIGTERM"));
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  const result = await promise;
  signal.removeEventListener("abort", onAbort);
  return result;
}
