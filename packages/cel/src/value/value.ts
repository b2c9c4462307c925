import type { CelType } from "../check/type.ts";
import type { CelError } from "./error.ts";
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

/** A list. Elements are made when they are asked for. */
export abstract class CelList {
  abstract readonly size: number;

  /** `index` is within bounds. */
  abstract at(index: number): Value;

  /** How lists with rules of their own compare: undefined for the common way. */
  equalsSpecially(_other: CelList): boolean | undefined {
    return undefined;
  }

  /** How lists with rules of their own are joined: undefined for the common way. */
  plusSpecially(_other: CelList): Value | undefined {
    return undefined;
  }

  *[Symbol.iterator](): Iterator<Value> {
    for (let i = 0; i < this.size; i += 1) yield this.at(i);
  }
}

/** A map, or an object with fields. */
export abstract class CelMap {
  abstract readonly size: number;

  abstract keys(): Iterable<Value>;

  /** The value under `key`, which also matches a number of another type with the same value. */
  abstract find(key: Value): Value | undefined;

  /** Whether there is a value under `key`; never makes one. */
  has(key: Value): boolean {
    return this.find(key) !== undefined;
  }
}
