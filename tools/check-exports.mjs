// What a module exports, another one imports, and not only a test: else the word "export" goes (`--fix`), or the thing itself.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { isProgram, report, ROOT } from "./laws/law.mjs";
import { exportsOf, importedNames } from "./laws/module-names.mjs";
import { blank } from "./laws/source-text.mjs";
import { sourceFiles } from "./laws/source-tree.mjs";

/** @typedef {import("./laws/source-tree.mjs").SourceFile} SourceFile */

/**
 * What the index of a package says is for people we do not know where it is installed by others; and cel waits for those
 * who will compile the expressions of policies, webhooks and devices.
 */
const PUBLISHED = ["client", "testing", "cel"];

/**
 * @param {SourceFile[]} files
 * @param {string} [scripts] The text of what runs them from elsewhere: shell scripts.
 * @returns {import("./laws/law.mjs").Violation[]}
 */
export function checkExports(files, scripts = "") {
  const modules = new Map(files.map((file) => [file.path, { file, ...exportsOf(file.text) }]));
  const used = new Map();
  const use = (path, name, user) => {
    const origin = originOf(modules, { path, name });
    if (!origin) return;
    const isForTest = user && isForTests(user) && !isForTests(modules.get(origin.path).file);
    const key = `${origin.path}#${origin.name}`;
    used.set(key, used.get(key) === "code" || !isForTest ? "code" : "test");
  };
  for (const file of files) {
    for (const { specifier, names } of importedNames(file.text)) {
      const target = targetOf(file.path, specifier);
      if (!modules.has(target)) continue;
      for (const name of names ?? allNames(modules, target)) use(target, name, file);
    }
  }
  for (const name of PUBLISHED) {
    const index = `packages/${name}/src/index.ts`;
    for (const exported of allNames(modules, index)) use(index, exported);
  }
  return files
    .filter((file) => !file.isGenerated)
    .flatMap((file) => violationsOf(modules.get(file.path), { used, scripts }));
}

/** A test, or what exists for tests alone. */
function isForTests({ isTest, path }) {
  return isTest || /^packages\/testing\/|\/(testing|contract)\/|-(fixture|scenario|contract)\.ts$/.test(path);
}

function violationsOf({ file, own }, { used, scripts }) {
  const code = blank(file.text, { strings: true });
  return [...own].flatMap(([name, line]) => {
    const by = used.get(`${file.path}#${name}`);
    if (by === "code" || new RegExp(`\\.${name}\\b`).test(scripts)) return [];
    const atHome = isUsedIn(code, name);
    const message = messageOf(name, by, atHome);
    return message ? [{ path: file.path, line, message, fixable: atHome }] : [];
  });
}

/** What only its own module uses may be exported for its test. */
function messageOf(name, by, usedAtHome) {
  if (usedAtHome) return by === "test" ? undefined : `Nothing imports "${name}": it needs no "export"`;
  return by === "test" ? `Only tests use "${name}": it goes, or becomes part of them` : `Nobody uses "${name}"`;
}

/** More often than where it is declared; an interface is its schema's namesake. */
function isUsedIn(code, name) {
  const escaped = name.replaceAll("$", "\\$");
  const kinds = "(?:default |declare |abstract |async )*(?:function\\*?|const|let|class|interface|type|enum)";
  const declared = code.match(new RegExp(`^export ${kinds} ${escaped}(?![\\w$])`, "gm"))?.length ?? 0;
  const found = code.match(new RegExp(`(?<![\\w$])(?<!(?<!\\.)\\.)${escaped}(?![\\w$])`, "g"))?.length ?? 0;
  return found > declared;
}

function targetOf(path, specifier) {
  if (specifier.startsWith(".")) return posix.normalize(posix.join(dirname(path), specifier));
  const name = /^@dingi\/([^/]+)$/.exec(specifier)?.[1];
  return name && `packages/${name}/src/index.ts`;
}

/** Where a name is declared, through whatever passes it on. */
function originOf(modules, { path, name }, seen = new Set()) {
  const module = modules.get(path);
  if (!module || seen.has(path)) return undefined;
  seen.add(path);
  if (module.own.has(name)) return { path, name };
  const passed = module.passed.get(name);
  if (passed) return originOf(modules, { path: targetOf(path, passed.specifier), name: passed.name }, seen);
  for (const specifier of module.stars) {
    const origin = originOf(modules, { path: targetOf(path, specifier), name }, seen);
    if (origin) return origin;
  }
  return undefined;
}

function allNames(modules, path, seen = new Set()) {
  const module = modules.get(path);
  if (!module || seen.has(path)) return [];
  seen.add(path);
  const below = module.stars.flatMap((specifier) => allNames(modules, targetOf(path, specifier), seen));
  return [...module.own.keys(), ...module.passed.keys(), ...below];
}

/** Takes the word from what needs none. */
function unexport(files, violations) {
  const texts = new Map(files.map(({ path, text }) => [path, text.split("\n")]));
  for (const { path, line } of violations) {
    const lines = texts.get(path);
    lines[line - 1] = lines[line - 1].replace(/^export /, "");
    writeFileSync(join(ROOT, path), lines.join("\n"));
  }
}

if (isProgram(import.meta.url)) {
  const files = sourceFiles(ROOT);
  const scripts = globSync("test/**/*.sh", { cwd: ROOT }).map((path) => readFileSync(join(ROOT, path), "utf8"));
  const violations = checkExports(files, scripts.join("\n"));
  const fixed = process.argv.includes("--fix") ? violations.filter(({ fixable }) => fixable) : [];
  unexport(files, fixed);
  report("check-exports", { violations: violations.filter((violation) => !fixed.includes(violation)) });
}
