/** Warnings are advice, of which a client is told 4 KB: neither is worth more. */
const MAX_WARNINGS = 1000;
const MAX_COMPARISONS = 1_000_000;

/**
 * What is to be said of each item and those before it, in the order of the items. Only the first of very many are compared,
 * as their pairs are a hundred billion in a body of 3 MB.
 */
export function pairWarnings<T>(items: readonly T[], warn: (item: T, earlier: T) => string | undefined): string[] {
  const warnings: string[] = [];
  let comparisons = 0;
  for (const [i, item] of items.entries()) {
    for (let j = 0; j < i; j++) {
      if (++comparisons > MAX_COMPARISONS || warnings.length >= MAX_WARNINGS) return warnings;
      const warning = warn(item, items[j]!);
      if (warning !== undefined) warnings.push(warning);
    }
  }
  return warnings;
}
