import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";

export interface KnownDifference {
  /** Looked for in "<case> | <request>: <difference>". */
  readonly match: RegExp;
  readonly why: string;
}

/** Of one comparison: those in `known-differences.yaml` of its folder. */
export function loadKnownDifferences(folder: string = import.meta.dirname): KnownDifference[] {
  const text = readFileSync(join(folder, "known-differences.yaml"), "utf8");
  const entries = load(text) as { match: string; why: string }[];
  return entries.map(({ match, why }) => ({ match: new RegExp(match), why }));
}
