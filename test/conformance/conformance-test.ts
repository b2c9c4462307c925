import { readFileSync } from "node:fs";

/**
 * What a test needs of a cluster: A the API server alone; B controllers and scheduler too, and kubelets that pretend;
 * C containers; D Services, DNS, and the API server's own connections to pods.
 */
type Tier = "A" | "B" | "C" | "D";
export const TIERS: readonly Tier[] = ["A", "B", "C", "D"];

export interface ConformanceTest {
  readonly tier: Tier;
  /** "api-machinery/CRD" */
  readonly area: string;
  /** Nothing else may run meanwhile. */
  readonly serial: boolean;
  readonly slow: boolean;
  /** Exactly as e2e.test names it. */
  readonly name: string;
}

/** Upstream's list of the release: every test, none left out. */
export function readTests(path = new URL("tests.tsv", import.meta.url)): readonly ConformanceTest[] {
  const [, ...lines] = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const [tier, area = "", flags = "", , , name = ""] = line.split("\t");
    if (!TIERS.includes(tier as Tier) || name === "") throw new Error(`"${line}" is no line of the list of tests`);
    const all = flags.split(",");
    return { tier: tier as Tier, area, serial: all.includes("S"), slow: all.includes("Sl"), name };
  });
}

interface Selection {
  /** "AB" means A and B; all when left out. */
  readonly tiers?: string | undefined;
  readonly focus?: RegExp | undefined;
  readonly skip?: RegExp | undefined;
}

export function selectTests(
  tests: readonly ConformanceTest[],
  { tiers, focus, skip }: Selection,
): readonly ConformanceTest[] {
  const wanted = new Set((tiers ?? TIERS.join("")).toUpperCase().replaceAll(/[^A-Z]/g, ""));
  const unknown = [...wanted].filter((tier) => !TIERS.includes(tier as Tier));
  if (unknown.length > 0) throw new Error(`--tier takes letters of ${TIERS.join(", ")}, not "${unknown.join("")}"`);
  return tests.filter(
    ({ tier, name }) => wanted.has(tier) && (focus?.test(name) ?? true) && !(skip?.test(name) ?? false),
  );
}

const CHUNK = 50;

/** Patterns for ginkgo's --focus that match these tests and no others. Several, because one argument has a limit. */
export function focusPatterns(names: readonly string[]): readonly string[] {
  const patterns = names.map((name) => `${name.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)}$`);
  return Array.from({ length: Math.ceil(patterns.length / CHUNK) }, (_, index) =>
    patterns.slice(index * CHUNK, (index + 1) * CHUNK).join("|"),
  );
}
