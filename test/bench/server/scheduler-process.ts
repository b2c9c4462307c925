import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { endProcess } from "./end-process.ts";

/** A scheduler alone, in a process of its own. */
export interface MeasuredScheduler extends AsyncDisposable {
  readonly pid: number;
  /** Why it has ended, if it has. */
  failure(): Error | undefined;
}

export function startScheduler([file = "", ...args]: readonly string[], logFile: string): MeasuredScheduler {
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(file, args, { stdio: ["ignore", log, log] });
  closeSync(log);
  let failure: Error | undefined;
  child.once("error", (cause) => (failure = new Error(`"${file}" could not be started`, { cause })));
  child.once("exit", (code, signal) => {
    failure ??= new Error(`The scheduler ended with ${code ?? signal}: ${readFileSync(logFile, "utf8").slice(-1000)}`);
  });
  return { pid: child.pid ?? 0, failure: () => failure, [Symbol.asyncDispose]: () => endProcess(child) };
}
