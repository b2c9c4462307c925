/**
 * `npm run manifests -- [DIRECTORY …] [--mode NAME …] [--batch N]`: sends every object of the YAML below the directories (of upstream's own
 * modules when none is named) through upstream's kubectl to upstream's API server and to ours, and compares their answers:
 * status, reason, message, warnings, and what is or would be stored. The servers are its own, on loopback.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { own } from "@dingi/base";
import { connectionFacts } from "../bench/connection.ts";
import { startDingi } from "../bench/server/dingi-server.ts";
import { startUpstream } from "../bench/server/upstream-server.ts";
import { ensurePrograms } from "../upstream/build.ts";
import { ensureNeeds } from "../upstream/needs.ts";
import { KUBERNETES, STAGING, upstreamProgram } from "../upstream/versions.ts";
import { compareOutcomes, groupDifferences, outcomesOf, type Difference } from "./manifests/compare.ts";
import { Recorder } from "./manifests/recorder.ts";
import { servedKinds } from "./manifests/served.ts";
import { batchesOf, readManifests, type Manifest } from "./manifests/source.ts";

/** Strict: fields that are unknown or come twice are refused. */
const STRICT = ["--validate=strict", "-o", "name"];
/** What kubectl is started with, one after the other, for each batch. The last mode writes, and takes away what it wrote. */
const MODES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  create: [["create", "--dry-run=server", ...STRICT]],
  apply: [["apply", "--dry-run=server", ...STRICT]],
  "apply --server-side": [["apply", "--server-side", "--dry-run=server", ...STRICT]],
  "apply, apply again, delete": [
    ["apply", ...STRICT],
    ["apply", ...STRICT],
    ["delete", "--wait=false", "--ignore-not-found", "-o", "name"],
  ],
};
const SHOWN = 3;
/** For a whole batch; it goes on where it can. */
const KUBECTL_MS = 120_000;

/** One server, and a kubectl for it. */
class Side {
  readonly recorder: Recorder;
  readonly #scratch: string;

  constructor(recorder: Recorder, scratch: string) {
    this.recorder = recorder;
    this.#scratch = scratch;
  }

  /** What refuses an object is in the recordings; kubectl's exit code is that of the worst. */
  async kubectl(args: readonly string[], directory: string): Promise<void> {
    const options = [`--server=${this.recorder.url}`, `--cache-dir=${this.#scratch}/cache`, "-f", directory];
    const env = { PATH: process.env["PATH"], HOME: this.#scratch, KUBECONFIG: "/dev/null" };
    const child = spawn(upstreamProgram("kubectl"), [...args, ...options], {
      env,
      stdio: "ignore",
      timeout: KUBECTL_MS,
    });
    await once(child, "exit");
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { batch: { type: "string", default: "50" }, mode: { type: "string", multiple: true } },
  });
  const modes = modesOf(values.mode ?? Object.keys(MODES));
  const found = readManifests(positionals.length > 0 ? positionals : upstreamModules());
  console.log(
    `${found.manifests.length} objects in ${found.files} files; left out: ${found.repeated} that stood elsewhere, ` +
      `${found.others} documents that are no objects, ${found.unreadable} that are no YAML`,
  );
  ensurePrograms(["etcd", "kube-apiserver", "kubectl"]);
  const scratch = await mkdtemp(join(tmpdir(), "manifests-"));
  try {
    await using upstreamServer = await startUpstream({ controllers: false });
    await using ourServer = await startDingi({ controllers: false, name: "manifests" });
    await using upstream = await Recorder.start(connectionFacts(upstreamServer.kubeconfig));
    await using ours = await Recorder.start(connectionFacts(ourServer.kubeconfig));
    const sides = [new Side(ours, join(scratch, "ours")), new Side(upstream, join(scratch, "upstream"))] as const;
    const manifests = await servedByBoth(found.manifests, ours, upstream);
    for (const side of sides) await prepareNamespaces(side.recorder, manifests);
    const batches = batchesOf(manifests, Number(values.batch));
    for (const [mode, commands] of modes) {
      const differences = await compareMode(batches, { commands, sides, directory: join(scratch, "batch") });
      report(mode, manifests.length, differences);
      if (differences.length > 0) process.exitCode = 1;
    }
  } finally {
    await rm(scratch, { recursive: true });
  }
}

function modesOf(names: readonly string[]): [string, readonly (readonly string[])[]][] {
  return names.map((name) => {
    const commands = own(MODES, name);
    if (!commands) throw new Error(`There is no mode "${name}"; take some of "${Object.keys(MODES).join('", "')}"`);
    return [name, commands];
  });
}

/** Where upstream keeps manifests. */
function upstreamModules(): string[] {
  const modules = [`k8s.io/kubernetes@${KUBERNETES}`, `k8s.io/kubectl@${STAGING}`];
  modules.push(`k8s.io/api@${STAGING}`, `k8s.io/cli-runtime@${STAGING}`, `k8s.io/pod-security-admission@${STAGING}`);
  ensureNeeds(["go"]);
  execFileSync("go", ["mod", "download", ...modules], { cwd: tmpdir(), stdio: "inherit" });
  const cache = execFileSync("go", ["env", "GOMODCACHE"], { encoding: "utf8" }).trim();
  return modules.map((module) => join(cache, module));
}

/** Kinds that only one side has are counted, and not compared. */
async function servedByBoth(all: readonly Manifest[], ours: Recorder, upstream: Recorder): Promise<Manifest[]> {
  const [mine, theirs] = [await servedKinds(ours), await servedKinds(upstream)];
  const keyOf = ({ apiVersion, kind }: Manifest) => `${apiVersion} ${kind}`;
  const absent = Map.groupBy(
    all.filter((manifest) => !mine.has(keyOf(manifest)) && theirs.has(keyOf(manifest))),
    keyOf,
  );
  const unknown = all.filter((manifest) => !mine.has(keyOf(manifest)) && !theirs.has(keyOf(manifest))).length;
  console.log(`${unknown} objects are of kinds that neither server has`);
  const list = [...absent].sort((a, b) => b[1].length - a[1].length).map(([key, { length }]) => `${key}: ${length}`);
  console.log(`Only upstream has these kinds: ${list.join(", ")}`);
  return all.filter((manifest) => mine.has(keyOf(manifest)) && theirs.has(keyOf(manifest)));
}

/** Without controllers nobody else makes the account that pods need. */
async function prepareNamespaces(recorder: Recorder, manifests: readonly Manifest[]): Promise<void> {
  for (const name of new Set(["default", ...manifests.map(({ namespace }) => namespace)])) {
    if (!/^[a-z0-9-]+$/.test(name)) continue;
    await recorder.ask("POST", "/api/v1/namespaces", { metadata: { name } });
    await recorder.ask("POST", `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: "default" } });
  }
}

interface Run {
  readonly commands: readonly (readonly string[])[];
  readonly sides: readonly [Side, Side];
  readonly directory: string;
}

async function compareMode(batches: readonly Manifest[][], { commands, sides, directory }: Run): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const batch of batches) {
    await mkdir(directory);
    const write = (manifest: Manifest, i: number) =>
      writeFile(join(directory, `${String(i).padStart(4, "0")}.yaml`), manifest.text);
    await Promise.all(batch.map(write));
    for (const command of commands) await Promise.all(sides.map((side) => side.kubectl(command, directory)));
    await rm(directory, { recursive: true });
    const [ours, upstream] = sides.map(({ recorder }) => outcomesOf(batch, recorder.take()));
    for (const [i, outcome] of ours!.entries()) {
      const difference = compareOutcomes(outcome, upstream![i]!);
      if (difference) differences.push(difference);
    }
  }
  return differences;
}

function report(mode: string, count: number, differences: readonly Difference[]): void {
  console.log(`\n${mode}: ${count - differences.length} of ${count} answers are the same`);
  for (const group of groupDifferences(differences)) {
    console.log(`  ${group.differences.length} × ${group.kind}`);
    for (const { manifest, text } of group.differences.slice(0, SHOWN))
      console.log(`      ${manifest.kind} "${manifest.name}" of ${manifest.from}\n        ${text.slice(0, 1000)}`);
  }
}

await main();
