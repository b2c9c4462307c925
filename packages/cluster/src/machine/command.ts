import { type ChildProcess, spawn } from "node:child_process";

const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 60_000;

export interface CommandOptions {
  readonly input?: string;
  readonly signal?: AbortSignal | undefined;
  /** Real time, after which the program is killed. */
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A program could not be started or did not succeed. The message has the program's own words. */
export class CommandError extends Error {
  override name = "CommandError";
  readonly argv: readonly string[];
  /** Undefined when it never ran or was killed. */
  readonly exitCode: number | undefined;
  readonly stderr: string;

  constructor(
    argv: readonly string[],
    outcome: { exitCode?: number | undefined; stderr: string },
    options?: ErrorOptions,
  ) {
    const said = outcome.stderr.trim();
    const how = outcome.exitCode === undefined ? "could not be run" : `failed with exit code ${outcome.exitCode}`;
    super(`"${argv.slice(0, 12).join(" ")}" ${how}${said === "" ? "" : `: ${said}`}`, options);
    this.argv = argv;
    this.exitCode = outcome.exitCode;
    this.stderr = outcome.stderr;
  }
}

/** Runs a program to its end and returns its standard output. */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  options.signal?.throwIfAborted();
  const [program = "", ...args] = argv;
  const child = spawn(program, args, {
    stdio: ["pipe", "pipe", "pipe"],
    timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    killSignal: "SIGKILL",
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.env ? { env: options.env } : {}),
  });
  const [stdout, stderr] = [gather(child.stdout), gather(child.stderr)];
  child.stdin.on("error", () => {}); // A program that ends early need not read its input.
  child.stdin.end(options.input ?? "");
  const { exitCode, error } = await ending(child);
  options.signal?.throwIfAborted();
  if (exitCode === 0) return stdout();
  throw new CommandError(argv, { exitCode, stderr: stderr() }, { cause: error });
}

interface Ending {
  readonly exitCode?: number | undefined;
  readonly error?: Error;
}

function ending(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ error }));
    child.once("close", (code, signal) => {
      resolve(code === null ? { error: new Error(`It was ended by ${signal}`) } : { exitCode: code });
    });
  });
}

function gather(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length <= MOST_OUTPUT_BYTES) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString();
}

/** One word of a shell script, whatever it contains. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
