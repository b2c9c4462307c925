import type { TestResult } from "./ginkgo-report.ts";

const RULE = /^-{30}$/m;
const BULLET = /^• (?:\[(?<state>[A-Z]+)\] )?\[(?<seconds>[\d.]+) seconds\]$/m;
const PHASE = /\[(?:It|BeforeEach|JustBeforeEach|AfterEach|JustAfterEach|DeferCleanup \(Each\)|BeforeAll|AfterAll)\] /;
const REASON =
  /^ {2}\[(?:FAILED|PANICKED|TIMEDOUT|INTERRUPTED)\] (?!in \[)(?<text>[\s\S]*?)(?=^ {2}In \[|$(?![\s\S]))/m;
const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
const LONGEST_REASON = 400;

/**
 * The results in a log that ginkgo wrote with -v, in no order. It has what ended, also when ginkgo's report was lost because
 * one of its processes crashed.
 */
export function resultsInLog(log: string, names: readonly string[]): readonly TestResult[] {
  const known = new Set(names);
  return log
    .replaceAll(ESCAPES, "")
    .split(RULE)
    .flatMap((block) => resultIn(block, known));
}

function resultIn(block: string, known: ReadonlySet<string>): readonly TestResult[] {
  const { state, seconds } = BULLET.exec(block)?.groups ?? {};
  if (seconds === undefined) return [];
  const name = block.split("\n").flatMap((line) => nameIn(line, known))[0];
  if (name === undefined) return [];
  if (state === undefined) return [{ name, outcome: "passed", seconds: Number(seconds), reason: "" }];
  const text = REASON.exec(block)?.groups?.["text"] ?? state;
  const reason = text.replaceAll(/\s+/g, " ").trim().slice(0, LONGEST_REASON);
  return [{ name, outcome: state === "SKIPPED" ? "skipped" : "failed", seconds: Number(seconds), reason }];
}

/** A line is the name, with the phase that failed put in, and a list of labels. */
function nameIn(line: string, known: ReadonlySet<string>): readonly string[] {
  if (!line.startsWith("[sig-")) return [];
  const plain = line.replace(PHASE, "");
  const labels = plain.lastIndexOf(" [");
  const name = labels < 0 ? plain : plain.slice(0, labels);
  return known.has(name) ? [name] : known.has(plain) ? [plain] : [];
}
