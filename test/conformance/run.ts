/**
 * Upstream's own conformance suite, unmodified, against a cluster of this checkout, or against upstream's:
 *
 *   npm run conformance -- [--tier ABCD] [--focus REGEX] [--skip REGEX] [--parallel N] [--store sqlite|memory|etcd]
 *     [--runtime containerd|simulated] [--containerd built|system] [--nodes N] [--against ours|upstream|KUBECONFIG] [--timeout MINUTES] [--out FOLDER]
 *     [--again RESULTS.tsv] [--compare RESULTS.tsv] [--summary CONFORMANCE.md]
 *
 * --again leaves out what passed in an earlier run. Ends with 0 when every selected test passed.
 */
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ensurePrograms } from "../upstream/build.ts";
import { upstreamCluster } from "../upstream/cluster.ts";
import { preferBuiltContainerd } from "../upstream/cluster/upstream-cluster.ts";
import { readTests, selectTests, type ConformanceTest } from "./conformance-test.ts";
import { compareSeconds } from "./comparison.ts";
import { describeCommit, describeMachine } from "./machine.ts";
import { runSuite } from "./suite.ts";
import { fromTsv, headline, joinResults, toMarkdown, toTsv, type ReportedTest } from "./summary.ts";
import { existing, startOurs, type Target } from "./target.ts";

const { values } = parseArgs({
  options: {
    tier: { type: "string" },
    focus: { type: "string" },
    skip: { type: "string" },
    parallel: { type: "string", default: "4" },
    store: { type: "string", default: "sqlite" },
    runtime: { type: "string" },
    nodes: { type: "string", default: "2" },
    against: { type: "string", default: "ours" },
    containerd: { type: "string", default: "built" },
    timeout: { type: "string", default: "90" },
    out: { type: "string" },
    again: { type: "string" },
    compare: { type: "string" },
    summary: { type: "string" },
  },
});

const all = readTests();
const passedBefore = new Set(
  values.again === undefined
    ? []
    : fromTsv(readFileSync(values.again, "utf8")).flatMap(({ name, outcome }) => (outcome === "passed" ? [name] : [])),
);
const tests = selectTests(all, {
  tiers: values.tier,
  focus: values.focus === undefined ? undefined : new RegExp(values.focus),
  skip: values.skip === undefined ? undefined : new RegExp(values.skip),
}).filter(({ name }) => !passedBefore.has(name));
if (tests.length === 0) throw new Error("No test is selected");

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    console.log("Stopping: results so far are written, and the cluster is deleted");
    stop.abort();
  });

ensurePrograms(["ginkgo", "e2e.test", "kubectl", ...(values.store === "etcd" ? (["etcd"] as const) : [])]);
if (values.containerd === "built") preferBuiltContainerd();
const folder = resolve(values.out ?? join(".cache/conformance", new Date().toISOString().replaceAll(/[:.]/g, "-")));
await mkdir(folder, { recursive: true });
const report = await judge(tests);
process.exitCode = report.every(({ outcome }) => outcome === "passed") ? 0 : 1;

async function judge(selected: readonly ConformanceTest[]): Promise<readonly ReportedTest[]> {
  console.log(`${selected.length} of ${all.length} tests are selected; results go to ${folder}`);
  await using target = await startTarget(selected);
  const parallel = Number(values.parallel);
  const { results, wallSeconds } = await runSuite({
    tests: selected,
    kubeconfig: target.kubeconfig,
    folder,
    parallel,
    timeoutMinutes: Number(values.timeout),
    signal: stop.signal,
  });
  const reported = joinResults(selected, results);
  const markdown = toMarkdown(
    reported,
    {
      against: values.against === "ours" ? "dingi" : values.against,
      cluster: target.description,
      commit: describeCommit(),
      date: new Date().toISOString().slice(0, 10),
      machine: describeMachine(),
      parallel,
      wallSeconds,
    },
    all.length,
  );
  await writeFile(join(folder, "results.tsv"), toTsv(reported));
  await writeFile(join(folder, "summary.md"), markdown);
  if (values.summary !== undefined) await writeFile(values.summary, `# Conformance\n\n${markdown}`);
  printResults(reported, wallSeconds);
  return reported;
}

async function startTarget(selected: readonly ConformanceTest[]): Promise<Target> {
  if (values.against === "upstream") return await upstreamCluster({ nodes: Number(values.nodes) });
  if (values.against !== "ours") return existing(resolve(values.against));
  const needsContainers = selected.some(({ tier }) => tier === "C" || tier === "D");
  const runtime = values.runtime ?? (needsContainers ? "containerd" : "simulated");
  if (runtime !== "containerd" && runtime !== "simulated")
    throw new Error(`--runtime takes containerd or simulated, not "${runtime}"`);
  return await startOurs({ runtime, store: values.store, nodes: Number(values.nodes) });
}

function printResults(reported: readonly ReportedTest[], wallSeconds: number): void {
  for (const { outcome, tier, seconds, name, reason } of reported)
    if (outcome !== "passed")
      console.log(`${outcome.toUpperCase()} ${tier} ${seconds.toFixed(0)} s ${name}\n    ${reason}`);
  console.log(`${headline(reported, all.length)}, wall ${Math.round(wallSeconds)} s`);
  if (values.compare !== undefined) console.log(compareSeconds(reported, readFileSync(values.compare, "utf8")));
  console.log(`All results: ${folder}/results.tsv`);
}
