// Time and chance come in through `base`, so that a test can hold them.
import { isProgram, report, ROOT } from "./laws/law.mjs";
import { blank, importsOf, lineAt } from "./laws/source-text.mjs";
import { sourceFiles } from "./laws/source-tree.mjs";

/** What is looked for in code without comments and strings. A method such as `socket.setTimeout` is a named edge. */
const FORBIDDEN = [
  { pattern: /(?<![\w$.])Date\s*\.\s*now\b/g, instead: "Take a Clock: clock.now()" },
  { pattern: /(?<![\w$.])new\s+Date\s*(?:\(\s*\)|(?!\s*[\w$.(<]))/g, instead: "Take a Clock: new Date(clock.now())" },
  { pattern: /(?<![\w$])performance\s*\.\s*(?:now|timeOrigin)\b/g, instead: "Take a Clock: clock.monotonic()" },
  { pattern: /(?<![\w$])process\s*\.\s*hrtime\b/g, instead: "Take a Clock: clock.monotonic()" },
  { pattern: /(?<![\w$])Temporal\s*\.\s*Now\b/g, instead: "Take a Clock: clock.now()" },
  {
    pattern: /(?:(?<![\w$.])|\bglobalThis\s*\.\s*)(?:setTimeout|setInterval|setImmediate)\b(?!\s*[?:](?!\.))/g,
    instead: "Take a Clock: clock.sleep(), clock.timer() or settle()",
  },
  { pattern: /(?<![\w$])AbortSignal\s*\.\s*timeout\b/g, instead: "Take a Clock: clock.deadline()" },
  { pattern: /(?<![\w$])Math\s*\.\s*random\b/g, instead: "Take a Random" },
  {
    pattern:
      /(?<![\w$])(?:randomBytes|randomUUID|randomInt|randomFill|randomFillSync|getRandomValues|pseudoRandomBytes)\b/g,
    instead: "Take a Random",
  },
];

const FORBIDDEN_IMPORT = /^(?:node:)?timers(?:\/promises)?$/;

/**
 * @param {import("./laws/source-tree.mjs").SourceFile[]} files
 * @returns {import("./laws/law.mjs").Violation[]}
 */
export function checkDeterminism(files) {
  return files.filter((file) => file.package !== "base" && !isProgramOfRepository(file)).flatMap(violationsOf);
}

/** Programs of the repository itself and the client side of benchmarks measure real time. */
function isProgramOfRepository(file) {
  return file.path.startsWith("tools/") || (file.path.startsWith("test/") && !file.path.endsWith(".test.ts"));
}

function violationsOf(file) {
  const code = blank(file.text, { strings: true });
  const found = FORBIDDEN.flatMap(({ pattern, instead }) =>
    [...code.matchAll(pattern)].map((match) => ({
      path: file.path,
      line: lineAt(code, match.index),
      message: `"${match[0].replaceAll(/\s+/g, " ")}" is only for base. ${instead}`,
    })),
  );
  const imports = importsOf(file.text).filter(({ specifier }) => FORBIDDEN_IMPORT.test(specifier));
  return [
    ...found,
    ...imports.map(({ specifier, line }) => ({
      path: file.path,
      line,
      message: `"${specifier}" is only for base. Take a Clock`,
    })),
  ];
}

if (isProgram(import.meta.url)) report("check-determinism", { violations: checkDeterminism(sourceFiles(ROOT)) });
