import type { Clock } from "@dingi/base";
import { executionOf, isShell, type Step } from "./program.ts";
import { EXIT_KILLED, SimulatedProcess } from "./simulated-process.ts";

interface SessionOutput {
  print(text: string, stream: "stdout" | "stderr"): void;
  exit(code: number): void;
}

/** One exec or attach: what comes in, and what goes out by the output given to `start`. */
export interface Session {
  start(output: SessionOutput): void;
  stdin(data: Uint8Array): void;
  endStdin(): void;
  /** The other side left. */
  abandon(): void;
}

interface SessionOptions {
  readonly cmd: readonly string[];
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

const END_OF_TRANSMISSION = "\u0004";

/** With standard input, `cat` repeats it and a shell runs each of its lines; all else runs as without. */
export function executionSession(options: SessionOptions): Session {
  const [command = ""] = options.cmd;
  if (options.stdin && command === "cat" && options.cmd.length === 1) return repeatingSession();
  if (options.stdin && isShell(command) && options.cmd.length === 1) return shellSession(options);
  return commandSession(options);
}

function commandSession({ cmd, environment, clock }: SessionOptions): Session {
  let process: SimulatedProcess | undefined;
  return {
    start: (output) => (process = run(executionOf(cmd, environment), { clock, output, onExit: output.exit })),
    stdin() {},
    endStdin() {},
    abandon: () => process?.end(0, EXIT_KILLED),
  };
}

function repeatingSession(): Session {
  let output: SessionOutput | undefined;
  return {
    start: (given) => void (output = given),
    stdin: (data) => output?.print(Buffer.from(data).toString(), "stdout"),
    endStdin: () => output?.exit(0),
    abandon: () => (output = undefined),
  };
}

function shellSession({ tty, environment, clock }: SessionOptions): Session {
  const prompt = tty ? "/ # " : "";
  let output: SessionOutput | undefined;
  let unread = "";
  let ended = false;
  let process: SimulatedProcess | undefined;
  let lastCode = 0;

  const next = () => {
    const newline = unread.search(/[\r\n]/);
    if (process || !output) return;
    if (newline < 0) return ended ? output.exit(lastCode) : undefined;
    const line = unread.slice(0, newline);
    unread = unread.slice(newline + 1);
    runLine(line, output);
  };
  const runLine = (line: string, to: SessionOutput) => {
    const steps = executionOf(["sh", "-c", line], environment);
    const leaves = /^\s*exit\b/.test(line);
    const onExit = (code: number) => {
      process = undefined;
      lastCode = code;
      if (leaves) return to.exit(code);
      to.print(prompt, "stdout");
      next();
    };
    process = run(steps, { clock, output: to, onExit });
  };
  return {
    start: (given) => {
      output = given;
      output.print(prompt, "stdout");
      next();
    },
    stdin: (data) => {
      const text = Buffer.from(data).toString();
      if (tty) output?.print(text.replaceAll("\r", "\r\n"), "stdout");
      ended ||= tty && text.includes(END_OF_TRANSMISSION);
      unread += text.replaceAll(END_OF_TRANSMISSION, "");
      next();
    },
    endStdin: () => {
      ended = true;
      if (unread !== "") unread += "\n";
      next();
    },
    abandon: () => {
      output = undefined;
      process?.end(0, EXIT_KILLED);
    },
  };
}

interface Run {
  readonly clock: Clock;
  readonly output: SessionOutput;
  readonly onExit: (code: number) => void;
}

function run(steps: readonly Step[], { clock, output, onExit }: Run): SimulatedProcess {
  const process = new SimulatedProcess({ clock, steps, print: output.print, onExit });
  process.start();
  return process;
}
