import { invariant } from "@dingi/base";
import type { Change, Revision } from "./store.ts";

/** Keys are compared as bytes by one backend and as UTF-16 by another; in ASCII that is the same. */
const KEY = /^[\x20-\x7e]+$/;

export function checkKey(key: string): void {
  invariant(KEY.test(key), `The store's key "${key}" is not printable ASCII`);
}

/** A view that is alone in its buffer: a slice of a pooled Buffer would keep and copy its whole slab. */
export function exactValue(value: Uint8Array): Uint8Array {
  const alone = value.byteLength === value.buffer.byteLength && !Buffer.isBuffer(value);
  return alone ? value : new Uint8Array(value);
}

/** `current` is the revision of the last write to the key, 0 when it does not exist. */
export function meetsCondition(change: Pick<Change, "expected" | "value">, current: Revision): boolean {
  if (change.value === undefined && current === 0) return false;
  return change.expected === "any" || change.expected === current;
}
