import type { Labels } from "./affinity-term.ts";

/** How many matches there are in each domain, such as zone=a. */
export class TopologyCounts {
  readonly #counts: Map<string, Map<string, number>>;

  constructor(counts = new Map<string, Map<string, number>>()) {
    this.#counts = counts;
  }

  /** No domain has a match. */
  get empty(): boolean {
    return this.#counts.size === 0;
  }

  /** A node without the label is in no domain. */
  add(labels: Labels, key: string, delta: number): void {
    const value = labels[key];
    if (value === undefined) return;
    const domains = this.#counts.get(key) ?? new Map<string, number>();
    const count = (domains.get(value) ?? 0) + delta;
    if (count === 0) domains.delete(value);
    else domains.set(value, count);
    if (domains.size === 0) this.#counts.delete(key);
    else this.#counts.set(key, domains);
  }

  of(labels: Labels, key: string): number {
    const value = labels[key];
    return value === undefined ? 0 : (this.#counts.get(key)?.get(value) ?? 0);
  }

  /** Whether any of the domains that a node is in has a match. */
  touches(labels: Labels): boolean {
    return [...this.#counts.keys()].some((key) => this.of(labels, key) > 0);
  }

  /** The matches of all domains that a node is in. */
  total(labels: Labels): number {
    return [...this.#counts.keys()].reduce((sum, key) => sum + this.of(labels, key), 0);
  }

  clone(): TopologyCounts {
    return new TopologyCounts(new Map([...this.#counts].map(([key, domains]) => [key, new Map(domains)])));
  }
}
