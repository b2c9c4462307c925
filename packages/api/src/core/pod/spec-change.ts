import { semanticEqual } from "@dingi/apimachinery";

/**
 * The fields that differ, old and new, one a line, to be read by people.
 * Differs: upstream prints Go's types; what was changed is the same.
 */
export function describeSpecChange(now: object, before: object): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  return names
    .map((name) => ({ name, now: valueOf(now, name), before: valueOf(before, name) }))
    .filter((entry) => !semanticEqual(entry.now, entry.before))
    .map(
      (entry) =>
        `- ${entry.name}: ${JSON.stringify(entry.before ?? null)}\n+ ${entry.name}: ${JSON.stringify(entry.now ?? null)}\n`,
    )
    .join("");
}

function valueOf(object: object, name: string): unknown {
  return (object as Readonly<Record<string, unknown>>)[name];
}
