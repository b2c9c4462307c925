import type { Clock } from "@dingi/base";
import type { Step } from "./program.ts";

export const EXIT_KILLED = 137;

/** Timers hold 31 bits; `sleep 1000000000` is a common way to wait for ever. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Follows a program's steps by the clock. `onExit` is called once, never before `start` returns. */
export class SimulatedProcess {
  readonly #clock: Clock;
  readonly #steps: readonly Step[];
  readonly #print: (text: string, stream: "stdout" | "stderr") => void;
  readonly #exit: (code: number) => void;
  #at = 0;
  #timer: Disposable | undefined;
  #exited = false;

  constructor(options: {
    readonly clock: Clock;
    readonly steps: readonly Step[];
    readonly print: (text: string, stream: "stdout" | "stderr") => void;
    readonly onExit: (code: number) => void;
  }) {
    this.#clock = options.clock;
    this.#steps = options.steps;
    this.#print = options.print;
    this.#exit = options.onExit;
  }

  start(): void {
    this.#after(0, () => this.#run());
  }

  /** Ends it after `ms` with `code`, whatever it does. */
  end(ms: number, code: number): void {
    this.#after(ms, () => this.#finish(code));
  }

  #run(): void {
    for (let step = this.#steps[this.#at++]; step; step = this.#steps[this.#at++]) {
      if (step.type === "exit") return this.#finish(step.code);
      if (step.type === "forever") return;
      if (step.type === "sleep") return this.#after(step.ms, () => this.#run());
      this.#print(step.text, step.stream);
    }
    this.#finish(0);
  }

  #after(ms: number, next: () => void): void {
    this.#timer?.[Symbol.dispose]();
    if (this.#exited) return;
    if (ms === 0) queueMicrotask(() => this.#exited || next());
    else if (ms > LONGEST_TIMER_MS) {
      this.#timer = this.#clock.timer(LONGEST_TIMER_MS, () => this.#after(ms - LONGEST_TIMER_MS, next));
    } else this.#timer = this.#clock.timer(ms, next);
  }

  #finish(code: number): void {
    if (this.#exited) return;
    this.#exited = true;
    this.#timer?.[Symbol.dispose]();
    this.#exit(code);
  }
}
