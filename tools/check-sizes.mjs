// Files about 100 lines: 400 is long and told, 800 is the end. Functions: the ends of laws/ends.oxlintrc.json.
// (.oxlintrc.json warns much earlier.)
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { isProgram, report, ROOT } from "./laws/law.mjs";
import { sourceFiles } from "./laws/source-tree.mjs";

export const LONG = 400;
export const END = 800;

/**
 * @param {import("./laws/source-tree.mjs").SourceFile[]} files
 * @returns {{ violations: import("./laws/law.mjs").Violation[], notes: string[] }}
 */
export function checkSizes(files) {
  const sized = files
    .filter((file) => !file.isGenerated)
    .map((file) => ({ path: file.path, lines: linesOf(file.text) }));
  const over = sized.filter(({ lines }) => lines > END);
  const long = sized.filter(({ lines }) => lines > LONG && lines <= END).sort((a, b) => b.lines - a.lines);
  return {
    violations: over.map(({ path, lines }) => ({ path, message: `${lines} lines; split it (${END} is the end)` })),
    notes: long.map(({ path, lines }) => `${path}: ${lines} lines is long`),
  };
}

function linesOf(text) {
  return text === "" ? 0 : text.replace(/\n$/, "").split("\n").length;
}

/**
 * Functions beyond the ends for lines, complexity, depth and parameters.
 * @param {string} root The oxlint there is asked about the files there.
 * @returns {import("./laws/law.mjs").Violation[]}
 */
export function checkFunctions(root, folders = ["packages", "test", "tools"]) {
  const config = join(ROOT, "tools/laws/ends.oxlintrc.json");
  const oxlint = spawnSync(join(ROOT, "node_modules/.bin/oxlint"), ["-c", config, "-f", "json", ...folders], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (oxlint.error) throw oxlint.error;
  return JSON.parse(oxlint.stdout).diagnostics.map(({ filename, message, labels }) => ({
    path: filename,
    line: labels[0]?.span.line,
    message,
  }));
}

if (isProgram(import.meta.url)) {
  const { violations, notes } = checkSizes(sourceFiles(ROOT));
  report("check-sizes", { violations: [...violations, ...checkFunctions(ROOT)], notes });
}
