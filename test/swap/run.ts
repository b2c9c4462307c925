/**
 * Puts one of upstream's programs into our cluster in place of ours, and one of ours into upstream's, and runs the tests of
 * the suite that exercise it:
 *
 *   npm run swap -- COMPONENT… [--direction theirs-in-ours|ours-in-theirs] [--focus REGEX] [--parallel N] [--timeout MINUTES]
 *     [--record]
 *
 * Results and logs are below --out; --record keeps the outcome in MATRIX.md. Needs root.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { readTests, selectTests, type ConformanceTest } from "../conformance/conformance-test.ts";
import { describeCommit } from "../conformance/machine.ts";
import { runSuite } from "../conformance/suite.ts";
import { countOutcomes, headline, joinResults, toTsv, type ReportedTest } from "../conformance/summary.ts";
import { ensurePrograms } from "../upstream/build.ts";
import { preferBuiltContainerd } from "../upstream/cluster/upstream-cluster.ts";
import { COMPONENTS, type Note, type SwapComponent } from "./components.ts";
import { DIRECTIONS, recordCell, type Direction } from "./matrix.ts";
import { oursInTheirs, ourKubectl } from "./ours-in-theirs.ts";
import { whyOf } from "./reasons.ts";
import { ofKindsThatExist } from "./tests-of-kinds.ts";
import { theirsInOurs } from "./theirs-in-ours.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    direction: { type: "string" },
    focus: { type: "string" },
    parallel: { type: "string", default: "4" },
    timeout: { type: "string", default: "20" },
    out: { type: "string", default: ".cache/swap" },
    record: { type: "boolean", default: false },
    containerd: { type: "string", default: "built" },
  },
});
const all = readTests();
const out = resolve(values.out);
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());

const unknown = positionals.filter((name) => !(name in COMPONENTS));
if (positionals.length === 0 || unknown.length > 0)
  throw new Error(`Name components to swap, of ${Object.keys(COMPONENTS).join(", ")}`);
const directions = DIRECTIONS.filter((name) => values.direction === undefined || name === values.direction);
if (directions.length === 0) throw new Error(`--direction takes ${DIRECTIONS.join(" or ")}, not "${values.direction}"`);
ensurePrograms(["ginkgo", "e2e.test", "kubectl"]);
if (values.containerd === "built") preferBuiltContainerd();

let isWhole = true;
for (const component of positionals)
  for (const direction of directions) if (!stop.signal.aborted) isWhole = (await swap(component, direction)) && isWhole;
process.exitCode = isWhole ? 0 : 1;

async function swap(component: string, direction: Direction): Promise<boolean> {
  const folder = join(out, component, direction);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const swapped = COMPONENTS[component]!;
  const { focus, skip } = swapped;
  const wanted = selectTests(all, values.focus === undefined ? { focus, skip } : { focus: new RegExp(values.focus) });
  const needsKinds = direction === "theirs-in-ours" || swapped.program === "controller-manager";
  const { possible: tests, leftOut } = needsKinds ? ofKindsThatExist(wanted) : { possible: wanted, leftOut: [] };
  console.log(`${component}, ${direction}: ${tests.length} tests`);
  const notes: string[] = [];
  const note = (line: string) => {
    if (notes.includes(line)) return; // Each node says it.
    console.log(line);
    notes.push(line);
  };
  for (const [kind, count] of leftOut) note(`Left out, since dingi has no ${kind}: ${count} tests`);
  const reported = await runTests({ swapped, direction, tests, folder, note });
  const failed = reported
    .filter(({ outcome }) => outcome !== "passed")
    .map(({ outcome, name, reason }) => ({ name, why: whyOf(name, reason || outcome, direction) }));
  for (const { name, why } of failed) console.log(`FAILED ${name}\n    ${why}`);
  const { passed } = countOutcomes(reported);
  const text = `${passed} of ${reported.length} passed`;
  const cell = { text, commit: describeCommit(), date: new Date().toISOString().slice(0, 10), notes, failed };
  if (values.record) await recordCell(import.meta.dirname, { component, direction }, cell);
  return failed.length === 0;
}

interface SwapRun {
  readonly swapped: SwapComponent;
  readonly direction: Direction;
  readonly tests: readonly ConformanceTest[];
  readonly folder: string;
  readonly note: Note;
}

async function runTests({ swapped, direction, tests, folder, note }: SwapRun): Promise<readonly ReportedTest[]> {
  await using target = await (direction === "theirs-in-ours" ? theirsInOurs : oursInTheirs)(swapped, folder, note);
  const kubectl =
    swapped.program === "kubectl" && direction === "ours-in-theirs" ? await ourKubectl(folder) : undefined;
  const { results, wallSeconds } = await runSuite({
    tests,
    kubeconfig: target.kubeconfig,
    folder,
    parallel: Number(values.parallel),
    timeoutMinutes: Number(values.timeout),
    signal: stop.signal,
    ...(kubectl === undefined ? {} : { kubectl }),
  });
  const reported = joinResults(tests, results);
  await writeFile(join(folder, "results.tsv"), toTsv(reported));
  console.log(`${swapped.program}, ${direction}: ${headline(reported, all.length)}, wall ${Math.round(wallSeconds)} s`);
  return reported;
}
