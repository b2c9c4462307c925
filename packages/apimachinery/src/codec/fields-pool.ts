import { TextCache } from "@dingi/base";
import { freezeDeep } from "./freeze-deep.ts";

const MAX_LENGTH = 16 * 1024;
const ALL_LENGTH = 4 * 1024 * 1024;

/**
 * Sets of owned fields by their JSON text. Thousands of objects are owned alike, and their owners' fields are as large as
 * they are themselves: so they hold one frozen copy.
 */
const pool = new TextCache<object>({ entries: 4096, length: MAX_LENGTH, total: ALL_LENGTH });

export function sharedFields(text: string): object | undefined {
  return pool.get(text);
}

/** Freezes `fields` and shares it; `text` must not be part of something larger that it would keep alive. */
export function shareFields(text: string, fields: object): object {
  const known = pool.get(text);
  if (known !== undefined) return known;
  const shared = freezeDeep(fields);
  pool.set(text, shared);
  return shared;
}

/** Whether a value may stand in several objects because nobody can change it. */
export function isShared(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.isFrozen(value);
}
