import { flushCompileCache } from "node:module";
import { createLogger, describeError, systemClock, type Logger, type LogLevel } from "@dingi/base";
import { REASON_PREFIX } from "../supervisor/last-words.ts";

export function loggerTo(write: (line: string) => void, component: string): Logger {
  return createLogger({
    clock: systemClock,
    component,
    level: (process.env["DINGI_LOG"] ?? "info") as LogLevel,
    write,
  });
}

/** Aborts when the process is asked to end. */
export function untilTerminated(): AbortSignal {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const)
    process.once(name, () => stop.abort(new Error(`Ended by ${name}`)));
  return stop.signal;
}

/** By then it has started, and what a start needs has been compiled. */
const STARTED_MS = 10_000;

/**
 * Writes what was compiled where the next start finds it. Node does so when a process ends in order; one that is killed
 * would leave its successor to compile everything anew, which doubles the time that it takes to be back.
 */
export function keepCompiled(): void {
  systemClock.timer(STARTED_MS, () => flushCompileCache());
}

export function endOnFailure(logger: Logger): (error: unknown) => void {
  const end = (error: unknown) => {
    logger.error("Process cannot go on", {
      error: describeError(error),
      stack: error instanceof Error ? error.stack : undefined,
    });
    // The supervisor tells it to whoever asks.
    process.stderr.write(`${REASON_PREFIX}${describeError(error)}\n`);
    process.exit(1);
  };
  process.on("uncaughtException", end);
  process.on("unhandledRejection", end);
  return end;
}
