import { CelError } from "../value/error.ts";
import { formatDouble } from "../value/double-text.ts";
import { CelList } from "../value/value.ts";
import { isKey } from "../value/map.ts";
import { CelMap } from "../value/value.ts";
import { goTypeOf } from "../value/go-type.ts";
import { CelDouble, CelUint, isInt } from "../value/numbers.ts";
import { typeOfValue } from "../value/type-of.ts";
import type { Value } from "../value/value.ts";
import type { Frame, Step } from "./frame.ts";

/** One step along a chain of fields and indices. Each that is gone costs 1. */
export interface Qualifier {
  readonly optional: boolean;
  qualify(frame: Frame, object: Value): Value;
  /** Undefined when there is nothing. */
  qualifyIfPresent(frame: Frame, object: Value): Value | undefined;
}

/** A field, or an index that is known beforehand. */
export function constantQualifier(key: Value, optional: boolean): Qualifier {
  return {
    optional,
    qualify(frame, object) {
      frame.charge(1);
      return find(object, key);
    },
    qualifyIfPresent(frame, object) {
      const found = lookUp(object, key);
      if (found !== undefined && !(found instanceof CelError)) frame.charge(1);
      return found;
    },
  };
}

/** An index that is evaluated. */
export function computedQualifier(index: Step, optional: boolean): Qualifier {
  return {
    optional,
    qualify(frame, object) {
      const key = index(frame);
      frame.charge(1);
      if (key instanceof CelError) return key;
      return find(object, key);
    },
    qualifyIfPresent(frame, object) {
      const key = index(frame);
      const found = key instanceof CelError ? key : lookUp(object, key);
      if (found !== undefined && !(found instanceof CelError)) frame.charge(1);
      return found;
    },
  };
}

/** Asks only whether a field is there. */
export function presenceQualifier(field: string): Qualifier {
  return {
    optional: false,
    qualify(frame, object) {
      frame.charge(1);
      return isPresent(object, field);
    },
    qualifyIfPresent(frame, object) {
      if (!isPresent(object, field)) return undefined;
      frame.charge(1);
      return true;
    },
  };
}

function isPresent(object: Value, field: string): boolean {
  return object instanceof CelMap && object.has(field);
}

/** What stands under `key`: undefined if nothing does, an error if nothing can. */
function lookUp(object: Value, key: Value): Value | undefined {
  if (object instanceof CelMap)
    return isKey(key) ? object.find(key) : new CelError(`invalid qualifier type: ${goTypeOf(key)}`);
  if (!(object instanceof CelList)) return undefined;
  const index = indexOf(key);
  if (index instanceof CelError) return index;
  return index >= 0 && index < object.size ? object.at(index) : undefined;
}

function find(object: Value, key: Value): Value {
  const found = lookUp(object, key);
  return found === undefined ? missing(object, key) : found;
}

function indexOf(key: Value): number | CelError {
  if (isInt(key)) return Number(key);
  if (key instanceof CelUint) return Number(key.value);
  if (key instanceof CelDouble && Number.isInteger(key.value)) return key.value;
  if (key instanceof CelDouble) return new CelError(`unsupported index value ${formatDouble(key.value, 21)} in list`);
  return new CelError(`unsupported index type '${typeOfValue(key).name}' in list`);
}

function missing(object: Value, key: Value): CelError {
  return new CelError(`${object instanceof CelList ? "index out of bounds" : "no such key"}: ${textOf(key)}`);
}

function textOf(key: Value): string {
  if (key instanceof CelDouble) return formatDouble(key.value, 21);
  return key instanceof CelUint ? String(key.value) : String(key);
}
