// What docs/security.md says of tests is so: the files are there, and who looks for a vulnerability finds its name in them.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isProgram, report, ROOT } from "./laws/law.mjs";

const PAGE = "docs/security.md";
const CVE = /^CVE-\d{4}-\d+$/;

/**
 * @param {string} page
 * @param {(path: string) => string | undefined} read The content of a file; undefined when there is none.
 * @returns {import("./laws/law.mjs").Violation[]}
 */
export function checkSecurity(page, read) {
  return page.split("\n").flatMap((text, i) => {
    if (!text.startsWith("|")) return [];
    const violation = (message) => ({ path: PAGE, line: i + 1, message });
    const [first = ""] = text.split("|").slice(1);
    const tests = [...text.matchAll(/`((?:packages|test)\/[^`]+)`/g)].map(([, path]) => path);
    const id = CVE.test(first.trim()) ? first.trim() : undefined;
    if (id && tests.length === 0) return [violation(`${id} is held by no test`)];
    return tests.flatMap((path) => {
      const content = read(path);
      if (content === undefined) return [violation(`There is no "${path}"`)];
      return id && !content.includes(id) ? [violation(`"${path}" has no test of ${id}`)] : [];
    });
  });
}

if (isProgram(import.meta.url)) {
  const read = (path) => (existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), "utf8") : undefined);
  report("check-security", { violations: checkSecurity(read(PAGE), read) });
}
