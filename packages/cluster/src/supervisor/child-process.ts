import type { ChildProcess } from "node:child_process";
import { describeError, type Clock, type Logger } from "@dingi/base";
import { BackOff, type Life } from "./back-off.ts";
import { untilHung, type Probe } from "./health.ts";

export interface StartedProcess {
  readonly child: ChildProcess;
  /** The host's; not always the child's. */
  readonly pid: number;
  /** Asks it to end; SIGTERM to the child when absent. */
  readonly stop?: () => void;
  /** Ends it, also when it is stopped or hangs; SIGKILL to the child when absent. */
  readonly kill?: () => void;
  /** Absent: whether it serves is not known, and it counts as serving. */
  readonly probe?: Probe;
}

/** How a process fares. */
export type Fare =
  | { readonly state: "starting"; readonly pid: number; readonly childPid: number }
  | { readonly state: "serving" }
  /** `reason` is what it said, or what was seen of its end; `failures` of them came without serving in between. */
  | { readonly state: "waiting"; readonly reason: string; readonly failures: number };

export interface SuperviseOptions {
  readonly name: string;
  readonly start: () => Promise<StartedProcess>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onChange?: (fare: Fare) => void;
  /** What the process that has just ended said at its end; empty when nothing. */
  readonly lastWords?: () => Promise<string>;
  /** Aborts when it is wanted at once. */
  readonly hurry?: () => AbortSignal;
}

/** What a process gets to end after it was asked to. */
const END_MS = 5_000;

/** Keeps a process running: one that ends or hangs is started again, at once at first, then after a wait that grows. */
export async function supervise(options: SuperviseOptions): Promise<void> {
  const { name, clock, logger, signal, onChange, hurry, lastWords } = options;
  const backOff = new BackOff();
  let failures = 0;
  let hurried = hurry?.();
  const forgetWhenHurried = () => {
    if (!hurried?.aborted) return;
    backOff.reset();
    failures = 0;
    hurried = hurry?.();
  };
  while (!signal.aborted) {
    const life = await live(options);
    if (signal.aborted) return;
    forgetWhenHurried();
    const said = await lastWords?.().catch(() => "");
    const reason = said || life.how;
    failures = life.served ? 1 : failures + 1;
    const waitMs = backOff.after(life);
    logger.warn("Process ended and is started again", { process: name, how: life.how, reason, waitMs });
    onChange?.({ state: "waiting", reason, failures });
    if (waitMs === 0) continue;
    await clock.sleep(waitMs, hurried ? AbortSignal.any([signal, hurried]) : signal).catch(() => {});
    forgetWhenHurried();
  }
}

interface Lived extends Life {
  readonly how: string;
}

/** From a start to the end. */
async function live({ start, clock, signal, onChange }: SuperviseOptions): Promise<Lived> {
  const startMs = clock.monotonic();
  const lived = (served: boolean, how: string) => ({ served, how, ms: clock.monotonic() - startMs });
  let process: StartedProcess;
  try {
    process = await start();
  } catch (error) {
    return lived(false, `It did not start: ${describeError(error)}`);
  }
  onChange?.({ state: "starting", pid: process.pid, childPid: process.child.pid ?? 0 });
  let served = false;
  const onServing = () => {
    served = true;
    onChange?.({ state: "serving" });
  };
  const { probe } = process;
  if (!probe) onServing();
  const life = new AbortController();
  const hung = probe && untilHung({ probe, clock, onServing, signal: AbortSignal.any([signal, life.signal]) });
  const watched = hung?.then((what) => {
    if (what) kill(process);
    return what;
  });
  const end = await ended(process, clock, signal);
  life.abort();
  return lived(served, (await watched) ?? end);
}

/** Resolves to how it ended. */
async function ended(process: StartedProcess, clock: Clock, signal: AbortSignal): Promise<string> {
  const { child, stop } = process;
  const { promise, resolve } = Promise.withResolvers<string>();
  const settle = () => resolve(howItEnded(child));
  child.once("exit", settle);
  child.once("error", (error) => resolve(`It did not start: ${describeError(error)}`));
  if (child.exitCode !== null || child.signalCode !== null) settle();
  let killer: Disposable | undefined;
  const onAbort = () => {
    if (stop) stop();
    else child.kill("SIGTERM");
    killer = clock.timer(END_MS, () => kill(process));
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  const result = await promise;
  signal.removeEventListener("abort", onAbort);
  killer?.[Symbol.dispose]();
  return result;
}

function howItEnded({ exitCode, signalCode }: ChildProcess): string {
  return signalCode ? `It was ended by ${signalCode}` : `It ended with exit code ${exitCode}`;
}

function kill(process: StartedProcess): void {
  process.kill?.();
  process.child.kill("SIGKILL");
}
