import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";

interface KnownDifference {
  /** Looked for in "<case> | <request>: <difference>". */
  readonly match: RegExp;
  readonly why: string;
}

/** Of one comparison: those in `known-differences.yaml` of its folder, and which of them were met. */
export class KnownDifferences {
  readonly #known: readonly KnownDifference[];
  readonly #met = new Set<KnownDifference>();

  constructor(folder: string = import.meta.dirname) {
    const text = readFileSync(join(folder, "known-differences.yaml"), "utf8");
    const entries = load(text) as { match: string; why: string }[];
    this.#known = entries.map(({ match, why }) => ({ match: new RegExp(match), why }));
  }

  isKnown(line: string): boolean {
    return this.#known.some(({ match }) => match.test(line));
  }

  /** The lines that no entry matches; the entries that match one are met. */
  unexpected(lines: readonly string[]): string[] {
    return lines.filter((line) => {
      const entries = this.#known.filter(({ match }) => match.test(line));
      for (const entry of entries) this.#met.add(entry);
      return entries.length === 0;
    });
  }

  /** The patterns of entries that matched nothing so far. */
  unmet(): string[] {
    return this.#known.filter((entry) => !this.#met.has(entry)).map(({ match }) => match.source);
  }
}
