/** Why tests fail that are known to, by what their names have in common. */
const REASONS: readonly (readonly [tests: RegExp, why: string])[] = [];

/** In one line; the test's own words where nobody has looked into it. */
export function whyOf(name: string, reason: string): string {
  return REASONS.find(([tests]) => tests.test(name))?.[1] ?? reason;
}
