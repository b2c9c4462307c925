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
