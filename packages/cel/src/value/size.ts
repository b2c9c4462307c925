import { CelList } from "./value.ts";
import { CelMap } from "./value.ts";
import { sizeOfString } from "./text.ts";
import type { Value } from "./value.ts";
import { Opaque } from "./value.ts";

/** What size() says of a value; undefined if it has no size. */
export function sizeOf(value: Value): number | undefined {
  if (typeof value === "string") return sizeOfString(value);
  if (value instanceof CelList || value instanceof CelMap) return value.size;
  if (value instanceof Uint8Array) return value.length;
  return value instanceof Opaque && value instanceof SizedOpaque ? value.size : undefined;
}

/** A library's value that has a size for the reckoning of costs. */
export abstract class SizedOpaque extends Opaque {
  abstract readonly size: number;
}
