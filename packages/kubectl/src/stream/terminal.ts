import type { Readable, Writable } from "node:stream";
import type { Io } from "../io.ts";

export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** The user's terminal, at both ends. Upstream: kubectl/pkg/util/term/term.go */
export interface Terminal {
  readonly size: TerminalSize;
  /** Keys go to the program as they are, until disposed of. */
  raw(): Disposable;
  onResize(tell: (size: TerminalSize) => void): Disposable;
}

interface InputTerminal extends Readable {
  readonly isTTY: true;
  setRawMode(on: boolean): unknown;
}

interface OutputTerminal extends Writable {
  readonly isTTY: true;
  readonly columns: number;
  readonly rows: number;
}

/** Undefined unless a person sits at the input. */
export function terminalOf({ stdin, stdout }: Io): Terminal | undefined {
  if (!isInput(stdin)) return undefined;
  const output = isOutput(stdout) ? stdout : undefined;
  const size = () => ({ width: output?.columns ?? 80, height: output?.rows ?? 24 });
  return {
    get size() {
      return size();
    },
    raw: () => {
      stdin.setRawMode(true);
      return { [Symbol.dispose]: () => void stdin.setRawMode(false) };
    },
    onResize: (tell) => {
      const changed = () => tell(size());
      output?.on("resize", changed);
      return { [Symbol.dispose]: () => void output?.off("resize", changed) };
    },
  };
}

function isInput(stream: Readable): stream is InputTerminal {
  return "isTTY" in stream && stream.isTTY === true && "setRawMode" in stream;
}

function isOutput(stream: Writable): stream is OutputTerminal {
  return "isTTY" in stream && stream.isTTY === true && "columns" in stream;
}
