import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";

export interface KnownDifference {
  /** Looked for in "<case> | <request>: <difference>". */
  readonly match: RegExp;
  readonly why: string;
}

export function loadKnownDifferences(): KnownDifference[] {
  const text = readFileSync(join(import.meta.dirname, "known-differences.yaml"), "utf8");
  const entries = load(text) as { match: string; why: string }[];
  return entries.map(({ match, why }) => ({ match: new RegExp(match), why }));
}
