import type { Recorded } from "./normalize.ts";

/** The first difference in one line; undefined when the answers are the same. */
export function firstDifference(ours: Recorded, upstream: Recorded): string | undefined {
  return differ(plain(ours), plain(upstream), "");
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function differ(ours: unknown, theirs: unknown, path: string): string | undefined {
  if (!isTree(ours) || !isTree(theirs) || Array.isArray(ours) !== Array.isArray(theirs)) {
    if (Object.is(ours, theirs)) return undefined;
    return `${path.replace(/^\./, "")}: ours is ${show(ours)}, upstream's is ${show(theirs)}`;
  }
  for (const key of new Set([...Object.keys(theirs), ...Object.keys(ours)])) {
    const found = differ(ours[key], theirs[key], Array.isArray(theirs) ? `${path}[${key}]` : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function show(value: unknown): string {
  if (value === undefined) return "absent";
  const text = JSON.stringify(value);
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}
