import type { Clock } from "./clock.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
type LogData = Readonly<Record<string, unknown>>;

/** Constant messages, past tense; what varies goes into `data`. Never log a secret. */
export interface Logger {
  debug(msg: string, data?: LogData): void;
  info(msg: string, data?: LogData): void;
  warn(msg: string, data?: LogData): void;
  error(msg: string, data?: LogData): void;
  /** The same sink under another component name, or with more data on each line. */
  with(data: LogData & { component?: string }): Logger;
}

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

interface LoggerOptions {
  readonly clock: Clock;
  readonly component: string;
  readonly level?: LogLevel;
  readonly format?: "json" | "text";
  /** Receives one whole line, newline included. */
  readonly write: (line: string) => void;
}

export function createLogger(options: LoggerOptions): Logger {
  const { clock, component, level = "info", format = "json", write } = options;
  return build({ component });

  function build(base: LogData): Logger {
    const emit = (at: LogLevel, msg: string, data?: LogData) => {
      if (RANK[at] < RANK[level]) return;
      const line = { ts: new Date(clock.now()).toISOString(), level: at, ...base, msg, ...data };
      write(format === "json" ? `${JSON.stringify(line, serializable)}\n` : textLine(line));
    };
    return {
      debug: (msg, data) => emit("debug", msg, data),
      info: (msg, data) => emit("info", msg, data),
      warn: (msg, data) => emit("warn", msg, data),
      error: (msg, data) => emit("error", msg, data),
      with: (data) => build({ ...base, ...data }),
    };
  }
}

/** Drops everything: for tests and for libraries that were given no logger. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  with: () => silentLogger,
};

function serializable(_key: string, value: unknown): unknown {
  if (value instanceof Error) return describeError(value);
  return typeof value === "bigint" ? value.toString() : value;
}

function textLine(line: Record<string, unknown>): string {
  const { ts, level, component, msg, ...data } = line;
  const rest = Object.entries(data).map(([key, value]) => ` ${key}=${JSON.stringify(value, serializable)}`);
  return `${ts} ${String(level).padEnd(5)} ${component}: ${msg}${rest.join("")}\n`;
}

/** An error's message with those of its causes, innermost last. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause === undefined) return error.message;
  const cause = describeError(error.cause);
  // Some messages, those on the wire among them, tell it themselves.
  return error.message.includes(cause) ? error.message : `${error.message}: ${cause}`;
}
