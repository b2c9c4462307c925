import * as t from "../check/type.ts";
import type { CelType } from "../check/type.ts";
import { CelError } from "./error.ts";
import { CelList } from "./value.ts";
import { CelMap } from "./value.ts";
import { CelDouble, CelUint } from "./numbers.ts";
import { CelDuration, CelTimestamp } from "./time.ts";
import type { Value } from "./value.ts";
import { CelOptional, Opaque, TypeValue } from "./value.ts";

const LIST = t.listOf(t.DYN);
const MAP = t.mapOf(t.DYN, t.DYN);
const OPTIONAL = t.optionalOf(t.DYN);

const CLASSES: readonly (readonly [new (...args: never[]) => unknown, CelType])[] = [
  [CelDouble, t.DOUBLE],
  [CelUint, t.UINT],
  [Uint8Array, t.BYTES],
  [CelTimestamp, t.TIMESTAMP],
  [CelDuration, t.DURATION],
  [CelOptional, OPTIONAL],
  [TypeValue, t.TYPE],
  [CelError, t.ERROR],
];

/** The type of a value at run time; of lists and maps without that of their elements. */
export function typeOfValue(value: Value): CelType {
  switch (typeof value) {
    case "string":
      return t.STRING;
    case "number":
    case "bigint":
      return t.INT;
    case "boolean":
      return t.BOOL;
    default:
      return typeOfObject(value as Exclude<Value, string | number | bigint | boolean>);
  }
}

function typeOfObject(value: Exclude<Value, string | number | bigint | boolean>): CelType {
  if (value === null) return t.NULL;
  if (value instanceof CelMap) return MAP;
  if (value instanceof CelList) return LIST;
  if (value instanceof Opaque) return value.type;
  return CLASSES.find(([kind]) => value instanceof kind)?.[1] ?? t.ERROR;
}

/**
 * Whether a value may be passed where `type` is declared; of lists and maps only the first entry is looked at.
 * Upstream: github.com/google/cel-go/common/types/types.go#IsAssignableRuntimeType
 */
export function fitsType(value: Value, type: CelType): boolean {
  if (t.isDyn(type) || type.kind === "param") return true;
  if (value instanceof CelList) {
    if (type.kind !== "list") return false;
    return value.size === 0 || fitsType(value.at(0), type.params[0]!);
  }
  if (value instanceof CelMap) return type.kind === "map" && mapFits(value, type);
  return typeOfValue(value).name === type.name;
}

function mapFits(map: CelMap, type: CelType): boolean {
  const [first] = map.keys();
  if (first === undefined) return true;
  return fitsType(first, type.params[0]!) && fitsType(map.find(first)!, type.params[1]!);
}
