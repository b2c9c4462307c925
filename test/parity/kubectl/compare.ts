import { isDeepStrictEqual } from "node:util";

/** Where ours is not as upstream's, one place a line; empty when it is. */
export function differences(ours: unknown, theirs: unknown, path = ""): string[] {
  if (isDeepStrictEqual(ours, theirs)) return [];
  if (!isTree(ours) || !isTree(theirs)) return [`${path}: ours is ${show(ours)}, upstream's is ${show(theirs)}`];
  const keys = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])];
  return keys.flatMap((key) => differences(ours[key], theirs[key], path === "" ? key : `${path}.${key}`));
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function show(value: unknown): string {
  return value === undefined ? "absent" : JSON.stringify(value);
}
