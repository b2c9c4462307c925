import type { Clock } from "@dingi/base";
import type { Host, LogFile } from "../host/host.ts";
import { parseLogLine, type LogLine } from "./log-line.ts";

export interface LogOptions {
  readonly follow: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  readonly sinceMs: number | undefined;
  readonly stream: "All" | "Stdout" | "Stderr";
}

interface LogStreamInput {
  readonly host: Host;
  readonly clock: Clock;
  readonly path: string;
  readonly options: LogOptions;
  /** Whether more may come. */
  readonly isRunning: () => boolean;
  readonly signal: AbortSignal;
}

const CHUNK = 64 * 1024;
const NEWLINE = 0x0a;
/** Runtimes cut lines at 16 KiB; what goes on for longer than this without an end is cut here, and is no log. */
const MAX_LINE = 1024 * 1024;
/** In case an event of the file system is missed. */
const POLL_MS = 1000;

/** A container's log as its users read it. Upstream: cri-client/pkg/logs/logs.go */
export async function* streamLog(input: LogStreamInput): AsyncGenerator<Uint8Array> {
  const { options } = input;
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const line of logLines(input)) {
    if (left <= 0) return;
    const bytes = Buffer.from(format(line, options));
    yield bytes.length > left ? bytes.subarray(0, left) : bytes;
    left -= bytes.length;
  }
}

function format({ time, text, partial }: LogLine, { timestamps }: LogOptions): string {
  return `${timestamps ? `${time} ` : ""}${text}${partial ? "" : "\n"}`;
}

async function* logLines(input: LogStreamInput): AsyncGenerator<LogLine> {
  const { host, options, path } = input;
  let file = await host.openLog(path);
  if (!file) return;
  try {
    const size = await file.size();
    const { tailLines: lines } = options;
    let position = lines === undefined ? 0 : await tailPosition(file, { size, lines, signal: input.signal });
    // Who does not follow gets what there is now, however fast more is written.
    const end = options.follow ? Number.POSITIVE_INFINITY : size;
    // Bytes, because a character may be cut in two where what is there now ends.
    let rest: Buffer = Buffer.alloc(0);
    // However much there is still to read: nobody reads it any more.
    while (!input.signal.aborted) {
      const running = input.isRunning();
      const bytes = await readOn(file, position, end);
      position += bytes.length;
      const { lines, left } = splitLines(Buffer.concat([rest, bytes]));
      rest = left.length > MAX_LINE ? Buffer.alloc(0) : left;
      yield* wanted(lines, options);
      if (bytes.length > 0) continue;
      const isLast = !options.follow || input.signal.aborted;
      const rotated: LogFile | undefined = isLast ? undefined : await reopened(host, path, file);
      if (rotated) {
        yield* unfinished(rest, options);
        await file[Symbol.asyncDispose]();
        [file, position, rest] = [rotated, 0, Buffer.alloc(0)];
      } else if (isLast || !running) return yield* unfinished(rest, options);
      else await changed(input);
    }
  } finally {
    await file[Symbol.asyncDispose]();
  }
}

function* wanted(lines: readonly string[], { sinceMs, stream }: LogOptions): Iterable<LogLine> {
  for (const raw of lines) {
    const line = parseLogLine(raw);
    if (!line || (stream !== "All" && stream.toLowerCase() !== line.stream)) continue;
    if (sinceMs !== undefined && Date.parse(line.time) < sinceMs) continue;
    yield line;
  }
}

/** A last line that was not written to its end is shown as far as it goes, without a line break. */
function* unfinished(rest: Buffer, options: LogOptions): Iterable<LogLine> {
  if (rest.length === 0) return;
  for (const line of wanted([rest.toString()], options)) yield { ...line, partial: true };
}

function splitLines(bytes: Buffer): { lines: readonly string[]; left: Buffer } {
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  const lines = end === 0 ? [] : bytes.toString("utf8", 0, end - 1).split("\n");
  return { lines, left: bytes.subarray(end) };
}

async function readOn(file: LogFile, position: number, end: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.min(CHUNK, end - position));
  return buffer.subarray(0, await file.read(buffer, position));
}

interface Tail {
  readonly size: number;
  readonly lines: number;
  readonly signal: AbortSignal;
}

/** Where the last `lines` lines of the first `size` bytes begin. */
async function tailPosition(file: LogFile, { size, lines, signal }: Tail): Promise<number> {
  let position = size;
  let found = 0;
  const buffer = Buffer.alloc(CHUNK);
  while (position > 0 && !signal.aborted) {
    const start = Math.max(0, position - CHUNK);
    const length = await file.read(buffer.subarray(0, position - start), start);
    for (let i = length - 1; i >= 0; i--) {
      if (buffer[i] !== NEWLINE || start + i === size - 1) continue;
      if (++found === lines) return start + i + 1;
    }
    position = start;
  }
  return lines === 0 ? size : 0;
}

async function reopened(host: Host, path: string, file: LogFile): Promise<LogFile | undefined> {
  const now = await host.openLog(path);
  if (now && now.identity !== file.identity) return now;
  await now?.[Symbol.asyncDispose]();
  return undefined;
}

async function changed({ host, clock, path, signal }: LogStreamInput): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using _watch = host.watchFile(path, resolve);
  using _timer = clock.timer(POLL_MS, resolve);
  const onAbort = () => resolve();
  signal.addEventListener("abort", onAbort, { once: true });
  await promise;
  signal.removeEventListener("abort", onAbort);
}
