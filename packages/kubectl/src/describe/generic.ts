import { isJson, type AnyObject, type Json } from "../json.ts";
import { heading, labelsAndAnnotations } from "./metadata.ts";
import type { TabbedText } from "./tabbed-text.ts";

const SKIPPED = new Set([
  ".metadata.managedFields",
  ".metadata.name",
  ".metadata.namespace",
  ".metadata.labels",
  ".metadata.annotations",
]);
const ACRONYMS = new Set(["API", "URL", "UID", "GUID"]);

/** Any kind that has no describer of its own. Upstream: kubectl/pkg/describe/describe.go#genericDescriber */
export function describeGeneric(text: TabbedText, object: AnyObject): void {
  heading(text, object);
  labelsAndAnnotations(text, object);
  content(text, object, { level: 0, path: "" });
}

function content(text: TabbedText, value: Json, { level, path }: { level: number; path: string }): void {
  for (const [field, inner] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const here = `${path}.${field}`;
    if (SKIPPED.has(here)) continue;
    if (isJson(inner)) {
      text.line(level, `${labelOf(field)}:`);
      content(text, inner, { level: level + 1, path: here });
    } else if (Array.isArray(inner)) {
      text.line(level, `${labelOf(field)}:`);
      for (const item of inner as unknown[]) {
        if (isJson(item)) content(text, item, { level: level + 1, path: here });
        else text.line(level + 1, String(item));
      }
    } else text.line(level, `${labelOf(field)}:\t${inner === null ? "<nil>" : String(inner)}`);
  }
}

/** "creationTimestamp" is "Creation Timestamp", "podCIDRs" is "Pod CIDRs"; what is no name stays. */
export function labelOf(field: string): string {
  if (!/^[\p{L}-]+$/u.test(field)) return field;
  const words = field.match(/\p{Lu}+(?!\p{Ll})s?|\p{Lu}?\p{Ll}+|-+/gu) ?? [field];
  return words
    .map((word) => {
      if (ACRONYMS.has(word.toUpperCase())) return word.toUpperCase();
      return word === word.toLowerCase() ? word[0]!.toUpperCase() + word.slice(1) : word;
    })
    .join(" ");
}
