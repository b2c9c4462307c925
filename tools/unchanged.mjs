// Which fast tests need not run again: those that passed, and of which nothing has changed that they could see.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { importsOf } from "./laws/source-text.mjs";

const CACHE = "node_modules/.cache/passed-tests.json";
const KEPT = 5000;

const digest = (...texts) =>
  texts.reduce((hash, text) => hash.update(text).update("\0"), createHash("sha256")).digest("hex");

/**
 * A text for each test file that changes with whatever the test could see: the modules that it imports, directly or not, and
 * all files that are no modules, which it may read.
 * @param {readonly string[]} tests Paths, as in `files`.
 * @param {ReadonlyMap<string, string>} files Path → content, of everything in the repository.
 * @param {string} world What else counts, such as the version of Node.
 * @returns {ReadonlyMap<string, string>}
 */
export function keysOf(tests, files, world) {
  const isModule = (path) => /\.(?:ts|mjs)$/.test(path);
  const others = [...files].filter(([path]) => !isModule(path)).flatMap(([path, text]) => [path, text]);
  const common = digest(world, ...others);
  const imports = new Map();
  const importsFrom = (path) => {
    const known = imports.get(path);
    if (known) return known;
    const text = files.get(path);
    const specifiers = [...importsOf(text).map(({ specifier }) => specifier), ...programsIn(text)];
    const found = specifiers.flatMap((specifier) => resolveModule(path, specifier, files) ?? []);
    imports.set(path, found);
    return found;
  };
  const contents = new Map();
  const contentOf = (path) => {
    if (!contents.has(path)) contents.set(path, digest(path, files.get(path)));
    return contents.get(path);
  };
  return new Map(
    tests.map((test) => {
      const seen = new Set([test]);
      for (const path of seen) for (const imported of importsFrom(path)) seen.add(imported);
      return [test, digest(common, ...[...seen].sort().map(contentOf))];
    }),
  );
}

/** Programs that are started, by a path in a string. */
const programsIn = (text) => [...text.matchAll(/["'`](\.{0,2}\/?[\w./-]+\.(?:ts|mjs))["'`]/g)].map(([, path]) => path);

function resolveModule(from, specifier, files) {
  const path = specifier.startsWith("@dingi/")
    ? `packages/${specifier.slice("@dingi/".length)}/src/index.ts`
    : posix.join(posix.dirname(from), specifier);
  if (files.has(path)) return path;
  return files.has(specifier) ? specifier : undefined;
}

/** Everything that git knows or would take, as it is now. */
export function readRepository(root) {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const paths = execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 }).split("\0");
  const present = [...new Set(paths)].filter((path) => path !== "" && existsSync(join(root, path)));
  return new Map(present.map((path) => [path, readFileSync(join(root, path), "latin1")]));
}

/** What has passed here before, by key. */
export class PassedTests {
  #path;
  #passed;

  constructor(root) {
    this.#path = join(root, CACHE);
    this.#passed = new Set(readJson(this.#path) ?? []);
  }

  has(key) {
    return this.#passed.has(key);
  }

  add(keys) {
    for (const key of keys) this.#passed.delete(key);
    for (const key of keys) this.#passed.add(key);
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(this.#path, JSON.stringify([...this.#passed].slice(-KEPT)));
  }
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
