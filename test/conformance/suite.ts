import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BIN } from "../upstream/versions.ts";
import { focusPatterns, type ConformanceTest } from "./conformance-test.ts";
import { resultsInLog } from "./ginkgo-log.ts";
import { resultsOf, type TestResult } from "./ginkgo-report.ts";

interface SuiteOptions {
  readonly tests: readonly ConformanceTest[];
  readonly kubeconfig: string;
  /** Results, logs and reports. */
  readonly folder: string;
  /** Processes for the tests that may run beside others. */
  readonly parallel: number;
  /** For all of it, in minutes. */
  readonly timeoutMinutes: number;
  /** The program that the tests call as kubectl; upstream's when left out. */
  readonly kubectl?: string;
  readonly signal: AbortSignal;
}

interface SuiteResult {
  readonly results: readonly TestResult[];
  readonly wallSeconds: number;
}

/** After the time-out ginkgo still writes its report; then it is killed. */
const REPORT_MS = 180_000;
/** The first ends tests, the second leaves out their cleaning up, the third the rest. */
const INTERRUPTS_MS = [0, 20_000, 60_000];

/** Runs the tests with upstream's own binary, those that tolerate others first. */
export async function runSuite(options: SuiteOptions): Promise<SuiteResult> {
  const start = performance.now();
  const end = start + options.timeoutMinutes * 60_000;
  const results: TestResult[] = [];
  const phases = [
    { name: "parallel", tests: options.tests.filter(({ serial }) => !serial), processes: options.parallel },
    { name: "serial", tests: options.tests.filter(({ serial }) => serial), processes: 1 },
  ];
  const run = async (phase: (typeof phases)[number]): Promise<readonly TestResult[]> => {
    const minutes = Math.floor((end - performance.now()) / 60_000);
    const names = phase.tests.map(({ name }) => name);
    if (names.length === 0 || minutes < 1 || options.signal.aborted) return resultsOf(undefined, names);
    return await runPhase(options, { ...phase, names, minutes });
  };
  for (const phase of phases) {
    const first = await run(phase);
    // A process that crashed, or a serial one that could not be stopped, takes with it what it would have run.
    const lost = phase.tests.filter(({ name }) => first.find((result) => result.name === name)?.outcome === "not run");
    const second = await run({ ...phase, name: `${phase.name}-again`, tests: lost });
    const again = new Map(second.map((result) => [result.name, result]));
    results.push(...first.map((result) => again.get(result.name) ?? result));
  }
  return { results, wallSeconds: (performance.now() - start) / 1000 };
}

interface Phase {
  readonly name: string;
  readonly names: readonly string[];
  readonly processes: number;
  readonly minutes: number;
}

async function runPhase(options: SuiteOptions, phase: Phase): Promise<readonly TestResult[]> {
  const folder = join(options.folder, phase.name);
  await mkdir(folder, { recursive: true });
  const count = `${phase.names.length} test${phase.names.length === 1 ? "" : "s"}`;
  console.log(
    `${phase.name}: ${count} in ${phase.processes} process(es), at most ${phase.minutes} min; see ${folder}/log`,
  );
  const argv = [
    `--procs=${phase.processes}`,
    `--timeout=${phase.minutes}m`,
    "-v",
    "--no-color",
    `--output-dir=${folder}`,
    "--json-report=report.json",
    ...focusPatterns(phase.names).map((pattern) => `--focus=${pattern}`),
    join(BIN, "e2e.test"),
    "--",
    `--kubeconfig=${options.kubeconfig}`,
    "--provider=skeleton",
    // After a failure it would ask every node for its metrics, with patience; that decides nothing.
    "--dump-logs-on-failure=false",
    `--report-dir=${folder}`,
    `--kubectl-path=${options.kubectl ?? join(BIN, "kubectl")}`,
  ];
  await runGinkgo(argv, {
    log: join(folder, "log"),
    limitMs: phase.minutes * 60_000 + REPORT_MS,
    signal: options.signal,
  });
  return await readResults(folder, phase.names);
}

/** From the report; from the log where there is none, because a process crashed or had to be killed. */
async function readResults(folder: string, names: readonly string[]): Promise<readonly TestResult[]> {
  const read = (file: string) => readFile(join(folder, file), "utf8").catch(() => undefined);
  const results = resultsOf(await read("report.json"), names);
  if (results.some(({ outcome }) => outcome !== "not run")) return results;
  const logged = new Map(resultsInLog((await read("log")) ?? "", names).map((result) => [result.name, result]));
  return results.map((result) => logged.get(result.name) ?? result);
}

interface GinkgoRun {
  readonly log: string;
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/** Ends with ginkgo. An abort interrupts it, so that what is known is reported; whoever stays after that is killed. */
async function runGinkgo(argv: readonly string[], { log, limitMs, signal }: GinkgoRun): Promise<void> {
  // A group of its own: it starts processes that start kubectl.
  const child = spawn(join(BIN, "ginkgo"), argv, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const file = createWriteStream(log);
  const progress = new Progress();
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      file.write(chunk);
      progress.read(chunk.toString());
    });
  const ended = Promise.withResolvers<void>();
  child.once("error", ended.reject);
  child.once("close", () => ended.resolve());
  const kill = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // All have ended.
    }
  };
  const done = new AbortController();
  const after = (ms: number, act: () => void) => void sleep(ms, undefined, { signal: done.signal }).then(act, () => {});
  const onAbort = () => {
    for (const ms of INTERRUPTS_MS) after(ms, () => child.kill("SIGINT"));
    after(REPORT_MS, () => kill("SIGKILL"));
  };
  signal.addEventListener("abort", onAbort, { once: true });
  after(limitMs, () => kill("SIGKILL"));
  try {
    await ended.promise;
  } finally {
    done.abort();
    signal.removeEventListener("abort", onAbort);
    kill("SIGKILL");
    file.end();
    progress.end();
  }
}

/** Counts what ginkgo prints: a bullet for each test that passed, and one with a state for each that did not. */
class Progress {
  #passed = 0;
  #failed = 0;

  read(text: string): void {
    for (const [, state] of text.matchAll(/^• (\[[A-Z]+\] )?\[[\d.]+ seconds\]$/gm)) {
      if (state === undefined) this.#passed++;
      else this.#failed++;
      if (process.stdout.isTTY) process.stdout.write(`\r${this.#line()}`);
    }
  }

  end(): void {
    console.log(`${process.stdout.isTTY ? "\r" : ""}${this.#line()}`);
  }

  #line(): string {
    return `  ${this.#passed} passed, ${this.#failed} failed`;
  }
}
