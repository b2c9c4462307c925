import type { ConformanceTest } from "./conformance-test.ts";
import { TIERS } from "./conformance-test.ts";
import type { Outcome, TestResult } from "./ginkgo-report.ts";

interface RunFacts {
  /** "dingi" or "upstream". */
  readonly against: string;
  readonly commit: string;
  readonly machine: string;
  readonly parallel: number;
  readonly wallSeconds: number;
  /** "2 nodes, containerd 1.6.20, sqlite" */
  readonly cluster: string;
  readonly date: string;
}

export interface ReportedTest extends ConformanceTest, TestResult {}

const OUTCOMES: readonly Outcome[] = ["passed", "failed", "skipped", "not run"];

/** Every test of the selection with what became of it. */
export function joinResults(
  tests: readonly ConformanceTest[],
  results: readonly TestResult[],
): readonly ReportedTest[] {
  const byName = new Map(results.map((result) => [result.name, result]));
  return tests.map((test) => ({
    ...test,
    ...(byName.get(test.name) ?? { outcome: "not run" as const, seconds: 0, reason: "" }),
  }));
}

export function countOutcomes(tests: readonly ReportedTest[]): Readonly<Record<Outcome, number>> {
  return Object.fromEntries(
    OUTCOMES.map((outcome) => [outcome, tests.filter((test) => test.outcome === outcome).length]),
  ) as Record<Outcome, number>;
}

const COLUMNS = ["outcome", "seconds", "tier", "area", "name", "reason"] as const;

export function toTsv(tests: readonly ReportedTest[]): string {
  const cell = (value: string | number) =>
    typeof value === "number" ? value.toFixed(1) : value.replaceAll(/[\t\n\r]/g, " ");
  const lines = tests.map((test) => COLUMNS.map((column) => cell(test[column])).join("\t"));
  return [COLUMNS.join("\t"), ...lines, ""].join("\n");
}

/** What toTsv wrote, for comparing runs. */
export function fromTsv(
  text: string,
): readonly { readonly name: string; readonly outcome: string; readonly seconds: number }[] {
  const [, ...lines] = text.trimEnd().split("\n");
  return lines.map((line) => {
    const [outcome = "", seconds = "0", , , name = ""] = line.split("\t");
    return { name, outcome, seconds: Number(seconds) };
  });
}

/** One line for people and for logs. */
export function headline(tests: readonly ReportedTest[], all: number): string {
  const counts = countOutcomes(tests);
  const parts = OUTCOMES.filter((outcome) => outcome === "passed" || counts[outcome] > 0);
  return `${parts.map((outcome) => `${counts[outcome]} ${outcome}`).join(", ")} of ${tests.length} selected (of ${all})`;
}

/** The run as a document: counts by tier and by area, then everything that did not pass. */
export function toMarkdown(tests: readonly ReportedTest[], facts: RunFacts, all: number): string {
  const rows = (key: "tier" | "area", values: readonly string[]) =>
    values.flatMap((value) => {
      const group = tests.filter((test) => test[key] === value);
      const counts = countOutcomes(group);
      return group.length === 0
        ? []
        : [`| ${value} | ${group.length} | ${OUTCOMES.map((outcome) => counts[outcome] || "").join(" | ")} |`];
    });
  const head = (title: string) => [
    `| ${title} | tests | ${OUTCOMES.join(" | ")} |`,
    `| --- | ---: | ${OUTCOMES.map(() => "---:").join(" | ")} |`,
  ];
  const areas = [...new Set(tests.map(({ area }) => area))].sort();
  const others = OUTCOMES.slice(1).flatMap((outcome) => {
    const group = tests.filter((test) => test.outcome === outcome);
    if (group.length === 0) return [];
    return ["", `## ${outcome[0]!.toUpperCase()}${outcome.slice(1)}`, "", ...group.map(bullet)];
  });
  return [
    `**${headline(tests, all)}**, in ${Math.round(facts.wallSeconds)} s; the tests' own seconds add up to ${Math.round(tests.reduce((sum, { seconds }) => sum + seconds, 0))}.`,
    "",
    `Against ${facts.against} (${facts.cluster}), commit ${facts.commit}, ${facts.date}, ${facts.parallel} processes, on ${facts.machine}.`,
    "",
    ...head("tier"),
    ...rows("tier", TIERS),
    "",
    ...head("area"),
    ...rows("area", areas),
    ...others,
    "",
  ].join("\n");
}

function bullet({ name, reason, tier, seconds }: ReportedTest): string {
  const text = reason === "" ? "" : `<br>${escapeMarkdown(reason)}`;
  return `- ${tier} · ${escapeMarkdown(name)}${seconds > 0 ? ` · ${Math.round(seconds)} s` : ""}${text}`;
}

function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/[<>&]/g, (c) => ({ "<": "&lt;", ">": "&gt;" })[c] ?? "&amp;")
    .replaceAll(/[*_`|[\]]/g, String.raw`\$&`);
}
