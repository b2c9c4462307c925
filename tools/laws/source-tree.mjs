import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

const SKIPPED = new Set(["node_modules", "dist", ".git", ".cache", "testdata", "data"]);

/**
 * One of our own files.
 * @typedef {{ path: string, text: string, isTest: boolean, isGenerated: boolean, package: string | undefined }} SourceFile
 * `path` is relative to the root, with slashes; `package` is the folder below packages/.
 */

/**
 * @param {string} root
 * @returns {SourceFile[]} The programs of packages/, test/ and tools/, in order of their paths.
 */
export function sourceFiles(root) {
  return ["packages", "test", "tools"]
    .flatMap((folder) => walk(join(root, folder)))
    .filter((file) => /\.(ts|mts|mjs|js)$/.test(file) && !file.endsWith(".d.ts"))
    .map((file) => describe(relative(root, file).split(sep).join("/"), readFileSync(file, "utf8")))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** @returns {SourceFile} */
export function describe(path, text) {
  return {
    path,
    text,
    isTest: /\.(test|e2e)\.\w+$/.test(path) || path.startsWith("test/"),
    isGenerated: /\.gen\.\w+$/.test(path),
    package: /^packages\/([^/]+)\//.exec(path)?.[1],
  };
}

function walk(directory) {
  let entries;
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
  return entries.flatMap((entry) => {
    if (SKIPPED.has(entry.name) || entry.name.startsWith(".")) return [];
    const path = join(directory, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });
}
