import type { Draft } from "./draft.ts";

/** Lets a draft hold a part of a committed object. Such a part may be replaced, never changed in place. */
export function adopt<T>(part: T): Draft<T> {
  return part as Draft<T>;
}
