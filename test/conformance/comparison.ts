import { fromTsv, type ReportedTest } from "./summary.ts";

const SHOWN = 15;

/** How long tests took that passed here and in an earlier run's results.tsv, slowest in comparison first. */
export function compareSeconds(reported: readonly ReportedTest[], otherTsv: string): string {
  const others = new Map(fromTsv(otherTsv).map((other) => [other.name, other]));
  const both = reported.flatMap(({ name, outcome, seconds }) => {
    const other = others.get(name);
    return outcome === "passed" && other?.outcome === "passed" ? [{ name, seconds, other: other.seconds }] : [];
  });
  const sum = (key: "seconds" | "other") => both.reduce((total, test) => total + test[key], 0);
  const changed = reported.flatMap(({ name, outcome }) => {
    const other = others.get(name);
    return other && other.outcome !== outcome ? [`  ${outcome} here, ${other.outcome} there: ${name}`] : [];
  });
  const slowest = both
    .toSorted((a, b) => b.seconds - b.other - (a.seconds - a.other))
    .slice(0, SHOWN)
    .filter(({ seconds, other }) => seconds > other)
    .map(({ name, seconds, other }) => `  ${seconds.toFixed(1)} s here, ${other.toFixed(1)} s there: ${name}`);
  return [
    `${both.length} tests passed in both: ${sum("seconds").toFixed(0)} s here, ${sum("other").toFixed(0)} s there`,
    ...changed,
    ...slowest,
  ].join("\n");
}
