import type { CelType } from "../check/type.ts";
import type { CelError } from "./error.ts";
import type { CelList } from "./list.ts";
import type { CelMap } from "./map.ts";
import type { CelDouble, CelInt, CelUint } from "./numbers.ts";
import type { CelDuration, CelTimestamp } from "./time.ts";

/** Whatever an expression may evaluate to. */
export type Value =
  | null
  | boolean
  | string
  | CelInt
  | CelUint
  | CelDouble
  | Uint8Array
  | CelList
  | CelMap
  | CelTimestamp
  | CelDuration
  | CelOptional
  | TypeValue
  | Opaque
  | CelError;

/** A type as a value: what type(x) gives. */
export class TypeValue {
  readonly type: CelType;

  constructor(type: CelType) {
    this.type = type;
  }
}

/** A value that may be missing. */
export class CelOptional {
  readonly value: Value | undefined;

  constructor(value: Value | undefined) {
    this.value = value;
  }
}

export const NONE = new CelOptional(undefined);

/** A value of a library's own type; only the library's functions look inside. */
export abstract class Opaque {
  abstract readonly type: CelType;

  abstract equals(other: Opaque): boolean | CelError;
}
