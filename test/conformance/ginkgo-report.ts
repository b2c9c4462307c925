/** How a test ended. Those that never began, or whose report was lost, are "not run". */
export type Outcome = "passed" | "failed" | "skipped" | "not run";

export interface TestResult {
  readonly name: string;
  readonly outcome: Outcome;
  readonly seconds: number;
  /** The first line that tells why it failed or was skipped; empty otherwise. */
  readonly reason: string;
}

/** What is read of ginkgo's --json-report. */
interface SuiteReport {
  readonly SpecReports?: readonly SpecReport[] | null;
}

interface SpecReport {
  readonly ContainerHierarchyTexts?: readonly string[] | null;
  readonly LeafNodeType: string;
  readonly LeafNodeText: string;
  readonly State: string;
  /** Nanoseconds. */
  readonly RunTime: number;
  readonly Failure?: { readonly Message?: string; readonly ForwardedPanic?: string };
}

const LONGEST_REASON = 400;
const BEFORE_ALL_TESTS = /^(Synchronized)?BeforeSuite$/;

/** The results of the tests named; whatever else the suite holds is left out. */
export function resultsOf(json: string | undefined, names: readonly string[]): readonly TestResult[] {
  const suites = json === undefined ? [] : (JSON.parse(json) as readonly SuiteReport[]);
  const reports = suites.flatMap(({ SpecReports }) => SpecReports ?? []);
  const byName = new Map(reports.filter(({ LeafNodeType }) => LeafNodeType === "It").map((r) => [nameOf(r), r]));
  const setUp = reports.find((r) => BEFORE_ALL_TESTS.test(r.LeafNodeType) && r.State !== "passed");
  return names.map((name) => resultOf(name, byName.get(name), setUp));
}

function nameOf({ ContainerHierarchyTexts, LeafNodeText }: SpecReport): string {
  return [...(ContainerHierarchyTexts ?? []), LeafNodeText].join(" ");
}

function resultOf(name: string, report: SpecReport | undefined, setUp: SpecReport | undefined): TestResult {
  if (!report) return { name, outcome: "not run", seconds: 0, reason: setUp ? reasonOf(setUp) : "" };
  const outcome = outcomeOf(report);
  const reason = outcome === "passed" ? "" : outcome === "not run" && setUp ? reasonOf(setUp) : reasonOf(report);
  return { name, outcome, seconds: report.RunTime / 1e9, reason };
}

function outcomeOf({ State, Failure }: SpecReport): Outcome {
  if (State === "passed") return "passed";
  // A test that skips itself says why; one that was not selected, or not reached, does not.
  if (State === "skipped") return Failure?.Message ? "skipped" : "not run";
  if (State === "pending" || State === "") return "not run";
  return "failed";
}

function reasonOf({ Failure, State }: SpecReport): string {
  const text = [Failure?.Message, Failure?.ForwardedPanic].filter(Boolean).join(" ") || State;
  return text.replaceAll(/\s+/g, " ").trim().slice(0, LONGEST_REASON);
}
