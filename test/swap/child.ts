import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";

const GRACE_MS = 10_000;

/** A program of this machine that ends with the swap. */
export class Child implements AsyncDisposable {
  readonly #child;

  constructor(argv: readonly string[], log: string) {
    const out = openSync(log, "a");
    const [program = "", ...args] = argv;
    this.#child = spawn(program, args, { stdio: ["ignore", out, out] });
    this.#child.once("error", (error) => console.error(`"${program}" could not be started: ${error.message}`));
    closeSync(out);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const late = setTimeout(() => this.#child.kill("SIGKILL"), GRACE_MS);
    await ended;
    clearTimeout(late);
  }
}
