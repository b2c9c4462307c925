// Tries whether the tests of a package notice small changes of its code:
//   npm run mutants -- PACKAGE [--sample N] [--seed S] [--file PART] [--at K]
// Works on a copy of the checkout. Prints the mutants that no test noticed, and "killed K of N".
//
// Not StrykerJS: it rewrites all of a program at once and needs its own loader, while our tests run the sources as they are;
// a copy, one changed place and node:test are the same thing in two hundred lines.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { isProgram, ROOT } from "../laws/law.mjs";
import { importsOf } from "../laws/source-text.mjs";
import { filesOf } from "../run-tests.mjs";
import { mutate, mutationsOf } from "./mutations.mjs";

/** A mutant that makes a loop endless is noticed when its tests take so much longer than all of them without a mutant. */
const PATIENCE_MS = 20_000;
/** All of them, unchanged. */
const GREEN_MS = 1_200_000;
/** So many tests are asked first: most mutants are noticed by those nearest to the changed file. */
const NEAREST = 15;

/** The same numbers for the same seed. Mulberry32. */
function randomOf(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** `count` of the items, each at most once, in an order that the seed decides. */
export function sampleOf(items, count, seed) {
  const random = randomOf(seed);
  const rest = [...items];
  const picked = [];
  while (picked.length < count && rest.length > 0) picked.push(rest.splice(random(rest.length), 1)[0]);
  return picked;
}

/** File → those of the test files that import it, directly or not: those of its folder first, then the nearest. */
export function testsByFile(files, textOf) {
  const importers = new Map(files.map((file) => [file, []]));
  for (const file of files)
    for (const { specifier } of importsOf(textOf(file))) importers.get(targetOf(specifier, file))?.push(file);
  return (file) => {
    const seen = new Set([file]);
    for (const one of seen) for (const importer of importers.get(one) ?? []) seen.add(importer);
    const shared = (one) => sharedFolders(dirname(file), dirname(one));
    return [...seen].filter((one) => one.endsWith(".test.ts")).sort((a, b) => shared(b) - shared(a));
  };
}

/** A file of the checkout. Who starts a whole cluster has all that the package gives to others. */
function targetOf(specifier, file) {
  if (specifier === "@dingi/testing") return `${file.split("/src/")[0]}/src/index.ts`;
  return specifier.startsWith(".") ? join(dirname(file), specifier) : undefined;
}

/**
 * The tests that are asked, in rounds: those of the changed file's own folder; where these notice nothing, those that are
 * next; and then those that stand in no folder of the package and so try the whole of it, as replays of upstream's answers
 * do, or outside it. What only a test of something else notices is not held.
 * @param {string} file
 * @param {readonly string[]} tests as testsByFile has them
 */
export function roundsOf(file, tests, nearest = NEAREST) {
  const near = tests.slice(0, nearest);
  const isOwn = (one) => dirname(one) === dirname(file);
  const whole = tests.slice(nearest).filter((one) => !/^packages\/[^/]+\/src\/.+\//.test(one));
  return [near.filter(isOwn), near.filter((one) => !isOwn(one)), whole].filter((round) => round.length > 0);
}

/** How many folders two paths have in common, from the root on. */
function sharedFolders(one, other) {
  const [these, those] = [one.split("/"), other.split("/")];
  const end = these.findIndex((name, i) => name !== those[i]);
  return end < 0 ? these.length : end;
}

function copyOfCheckout() {
  const copy = mkdtempSync(join(tmpdir(), "mutants-"));
  const listed = execFileSync("git", ["ls-files", "-z"], { cwd: ROOT, encoding: "utf8" }).split("\0");
  const files = listed.filter((file) => file !== "" && existsSync(join(ROOT, file)));
  execFileSync("cp", ["--parents", "--no-dereference", "-t", copy, ...files], { cwd: ROOT });
  // Hard links: the workspaces' links in it are relative, and lead to the copy.
  execFileSync("cp", ["-al", join(ROOT, "node_modules"), copy]);
  return copy;
}

/** The last words of the tests when one fails, and undefined when none does. */
function failureOf(cwd, tests, timeoutMs) {
  const { promise, resolve } = Promise.withResolvers();
  // In one process, which reads the sources once for all of them: several times as quick as one for each file.
  const args = ["--test", "--test-isolation=none", "--test-timeout=30000", ...tests];
  const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "ignore"], detached: true });
  const end = (failed) => {
    clearTimeout(timer);
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended with all its children.
    }
    resolve(failed ? said : undefined);
  };
  let said = "";
  const timer = setTimeout(() => end(true), timeoutMs);
  child.stdout.on("data", (chunk) => {
    said = (said + chunk).slice(-2000);
    if (/^\s*(?:✖|not ok) /m.test(said)) end(true);
  });
  child.on("close", (code) => end(code !== 0));
  return promise;
}

async function isKilled(copy, rounds, timeoutMs) {
  for (const tests of rounds) if ((await failureOf(copy, tests, timeoutMs)) !== undefined) return true;
  return false;
}

/**
 * A test that fails anyway, or that others in its process make fail, would notice every change. Returns how long they
 * took.
 */
async function requireGreen(copy, tests) {
  const began = performance.now();
  const failure = await failureOf(copy, tests, GREEN_MS);
  if (failure === undefined) return performance.now() - began;
  throw new Error(`Without any change tests fail in one process (node --test --test-isolation=none …):\n${failure}`);
}

const USAGE = "Usage: npm run mutants -- PACKAGE [--sample N] [--seed S] [--file PART] [--at K]";

function parsed(args, options) {
  try {
    return parseArgs({ args, options: { ...options, help: { type: "boolean" } }, allowPositionals: true });
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

function optionsFrom(args) {
  const options = {
    sample: { type: "string" },
    seed: { type: "string" },
    file: { type: "string" },
    at: { type: "string" },
  };
  const { values, positionals } = parsed(args, options);
  const [name] = positionals;
  if (values.help || !name || !existsSync(join(ROOT, "packages", name))) {
    console.error(values.help ? USAGE : `There is no package "${name ?? ""}". ${USAGE}`);
    process.exit(values.help ? 0 : 2);
  }
  return {
    name,
    sample: Number(values.sample ?? 100),
    seed: Number(values.seed ?? 1),
    part: values.file ?? "",
    at: values.at,
  };
}

function placeOf({ file, mutation }, source) {
  const line = source.slice(0, mutation.start).split("\n").length;
  return `${file}:${line}: ${mutation.what}`;
}

async function main(args) {
  const { name, sample, seed, part, at } = optionsFrom(args);
  const files = filesOf([`packages/${name}/src/**/*.ts`]);
  const text = (file) => readFileSync(join(ROOT, file), "utf8");
  const testsOf = testsByFile([...files, ...filesOf(["test/**/*.ts"])], text);
  const sources = files.filter(
    (file) => !/\.(?:test|gen)\.ts$/.test(file) && !file.includes("/testing/") && file.includes(part),
  );
  const all = sources.flatMap((file) => mutationsOf(text(file)).map((mutation) => ({ file, mutation })));
  let chosen = sampleOf(all, sample, seed);
  if (at !== undefined) chosen = chosen.slice(Number(at), Number(at) + 1);
  console.log(`${all.length} places in ${sources.length} files of ${name}; ${chosen.length} are tried (seed ${seed})`);
  const copy = copyOfCheckout();
  const survivors = [];
  try {
    const greenMs = await requireGreen(
      copy,
      [...new Set(chosen.flatMap(({ file }) => roundsOf(file, testsOf(file)).flat()))].sort(),
    );
    for (const [i, mutant] of chosen.entries()) {
      const rounds = roundsOf(mutant.file, testsOf(mutant.file));
      const source = text(mutant.file);
      writeFileSync(join(copy, mutant.file), mutate(source, mutant.mutation));
      const killed = await isKilled(copy, rounds, greenMs + PATIENCE_MS);
      writeFileSync(join(copy, mutant.file), source);
      if (killed) continue;
      survivors.push(mutant);
      console.log(`survived ${i}: ${placeOf(mutant, source)}${rounds.length === 0 ? " (no test imports it)" : ""}`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  console.log(
    `killed ${chosen.length - survivors.length} of ${chosen.length} in ${relative(ROOT, join(ROOT, "packages", name))}`,
  );
}

if (isProgram(import.meta.url)) await main(process.argv.slice(2));
