// Two phases: the fast tests of all packages at once, then the end-to-end tests one after the other.
// `npm test -- [--fast [--changed] | --e2e] [part of a path …]`. Each phase prints node:test's own summary.
// `--changed` leaves out the fast tests that passed before and could see nothing that has changed since.
import { spawn, spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { endsWithThis } from "./laws/ends-with-this.mjs";
import { isProgram, ROOT } from "./laws/law.mjs";
import { keysOf, PassedTests, readRepository } from "./unchanged.mjs";

const FAST = ["packages/*/src/**/*.test.ts", "test/**/*.test.ts", "tools/**/*.test.mjs"];
const E2E = ["test/e2e/**/*.e2e.ts"];
const FOLLOW_NOTHING = join(ROOT, "tools/follow-nothing.mjs");

/** @returns {string[]} */
export function filesOf(patterns, root = ROOT) {
  return patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).sort();
}

function run(title, files, options) {
  console.log(`\n# ${title}: ${files.length} files`);
  const result = spawnSync(process.execPath, ["--test", ...options, ...files], { cwd: ROOT, stdio: "inherit" });
  if (result.error) throw result.error;
  return result.status === 0;
}

/**
 * What is wrong with the words, or undefined: what is not understood must not pass for tests that passed.
 * @param {readonly string[]} args
 */
export function wrongWords(args, root = ROOT) {
  const options = ["--fast", "--e2e", "--changed"];
  const unknown = args.find((arg) => arg.startsWith("-") && !options.includes(arg));
  if (unknown !== undefined)
    return `There is no option "${unknown}"; there are ${options.join(", ")}, and parts of paths`;
  const files = filesOf([...FAST, ...E2E], root);
  const nowhere = args.find((arg) => !arg.startsWith("-") && !files.some((file) => file.includes(arg)));
  return nowhere === undefined ? undefined : `No test has "${nowhere}" in its path`;
}

async function main(args) {
  const wrong = wrongWords(args);
  if (wrong !== undefined) {
    console.error(wrong);
    process.exitCode = 2;
    return;
  }
  const only = args.find((arg) => arg === "--fast" || arg === "--e2e");
  const named = args.filter((arg) => !arg.startsWith("--"));
  const pick = (patterns) =>
    filesOf(patterns).filter((file) => named.length === 0 || named.some((name) => file.includes(name)));
  const phases = [];
  const e2eOnly = only === "--e2e" || (named.length > 0 && pick(FAST).length === 0);
  const fast = args.includes("--changed") ? runChanged : runFast;
  if (!e2eOnly) phases.push(() => fast(pick(FAST)));
  if (only !== "--fast") phases.push(() => runE2e(pick(E2E)));
  // Both run, so that one failure does not hide another.
  const passed = [];
  for (const phase of phases) passed.push(await phase());
  process.exitCode = passed.every(Boolean) ? 0 : 1;
}

/** So many files share a process: reading the sources costs more than most tests, and a process that grows slows down. */
const FILES_TOGETHER = 30;

/**
 * Files of one package together, which mostly read the same sources; the processes take turns at the next ones.
 * @param {readonly string[]} files in the order of their paths
 * @returns {string[][]} the largest first
 */
export function processesOf(files, together = FILES_TOGETHER) {
  const rooms = Map.groupBy(files, (file) => file.split("/", 2).join("/"));
  const parts = [...rooms.values()].flatMap((room) => {
    const count = Math.ceil(room.length / together);
    // By turns, so that a folder's slow ones are not all in one.
    return Array.from({ length: count }, (_, i) => room.filter((_file, at) => at % count === i));
  });
  return parts.sort((a, b) => b.length - a.length);
}

async function runFast(files) {
  if (files.length === 0) console.error("There is no such fast test");
  const waiting = processesOf(files);
  console.log(`\n# Fast tests: ${files.length} files`);
  const results = [];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) results.push(await runTogether(next));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  for (const name of ["tests", "pass", "fail", "cancelled", "skipped", "todo"])
    console.log(`ℹ ${name} ${results.reduce((sum, { said }) => sum + countIn(said, name), 0)}`);
  return results.length > 0 && results.every(({ passed }) => passed);
}

const countIn = (said, name) => Number(new RegExp(`^ℹ ${name} (\\d+)$`, "m").exec(said)?.[1] ?? 0);

/** Says what failed, or was skipped and why, and nothing of what passed. */
async function runTogether(files) {
  const options = ["--import", FOLLOW_NOTHING, "--test", "--test-isolation=none", "--test-timeout=120000"];
  const { promise, resolve } = Promise.withResolvers();
  const child = spawn(process.execPath, [...options, ...files], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  endsWithThis(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
  child.on("close", (code) => resolve(code === 0));
  const passed = await promise;
  const skipped = said.split("\n").filter((line) => / # (?!SKIP$)/.test(line));
  const shown = passed ? skipped.join("\n") : said.replaceAll(/^ *✔ .*\n/gm, "");
  if (shown !== "") console.log(shown);
  return { passed, said };
}

async function runChanged(files) {
  const keys = keysOf(files, readRepository(ROOT), process.version);
  const passed = new PassedTests(ROOT);
  const changed = files.filter((file) => !passed.has(keys.get(file)));
  console.log(`${files.length - changed.length} of ${files.length} files of tests passed before and see no change`);
  if (changed.length > 0 && !(await runFast(changed))) return false;
  passed.add(files.map((file) => keys.get(file)));
  return true;
}

function runE2e(files) {
  if (files.length === 0) return true;
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    console.log(
      `\n# End-to-end tests: skipped, because they make containers, which needs root on Linux: sudo npm test`,
    );
    return true;
  }
  return run("End-to-end tests", files, ["--test-concurrency=1", "--test-timeout=900000"]);
}

if (isProgram(import.meta.url)) await main(process.argv.slice(2));
