// Files and folders are kebab-case nouns that say what is in them.
import { isProgram, report, ROOT } from "./laws/law.mjs";
import { sourceFiles } from "./laws/source-tree.mjs";

const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const EMPTY = new Set([
  "util",
  "utils",
  "utility",
  "utilities",
  "helper",
  "helpers",
  "common",
  "misc",
  "stuff",
  "manager2",
]);
/** What may follow a file's name: `plan.test.ts`, `types.gen.ts`, `node.e2e.ts`, `roll.scenario.test.ts`. */
const SUFFIX = /(?:\.scenario)?(?:\.(?:test|gen|e2e|bench))?\.(?:ts|mts|mjs|js)$/;

/**
 * @param {import("./laws/source-tree.mjs").SourceFile[]} files
 * @returns {import("./laws/law.mjs").Violation[]}
 */
export function checkNames(files) {
  const seen = new Set();
  return files.flatMap(({ path }) => {
    const parts = path.replace(SUFFIX, "").split("/");
    return parts.flatMap((part, depth) => {
      const where = depth === parts.length - 1 ? path : parts.slice(0, depth + 1).join("/");
      if (seen.has(where)) return [];
      seen.add(where);
      return flawsOf(part).map((message) => ({ path: where, message }));
    });
  });
}

function flawsOf(part) {
  const flaws = [];
  if (!KEBAB.test(part)) flaws.push(`"${part}" is not kebab-case`);
  const empty = part
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .find((word) => EMPTY.has(word));
  if (empty) flaws.push(`"${empty}" says nothing; name the noun that is in it`);
  return flaws;
}

if (isProgram(import.meta.url)) report("check-names", { violations: checkNames(sourceFiles(ROOT)) });
