import type { CelError } from "./error.ts";
import { DIVISION_BY_ZERO, MODULUS_BY_ZERO, NO_SUCH_OVERLOAD } from "./error.ts";
import { GrowingList, JoinedList } from "./list.ts";
import { CelList } from "./value.ts";
import { addInts, CelDouble, CelUint, checkedInt, checkedUint, isInt, multiplyInts, subtractInts } from "./numbers.ts";
import { between, CelDuration, CelTimestamp, checkedDuration, checkedTimestamp } from "./time.ts";
import type { Value } from "./value.ts";

/** The operations of each kind of number; a missing one does not exist for that kind. */
interface Arithmetic {
  readonly int: (a: number | bigint, b: number | bigint) => Value;
  readonly uint: (a: bigint, b: bigint) => Value;
  readonly double?: (a: number, b: number) => number;
}

function numeric({ int, uint, double }: Arithmetic): (a: Value, b: Value) => Value | undefined {
  return (a, b) => {
    if (isInt(a)) return isInt(b) ? int(a, b) : undefined;
    if (a instanceof CelDouble)
      return b instanceof CelDouble && double ? new CelDouble(double(a.value, b.value)) : undefined;
    return a instanceof CelUint && b instanceof CelUint ? uint(a.value, b.value) : undefined;
  };
}

const addNumbers = numeric({ int: addInts, uint: (a, b) => checkedUint(a + b), double: (a, b) => a + b });
const subtractNumbers = numeric({ int: subtractInts, uint: (a, b) => checkedUint(a - b), double: (a, b) => a - b });
const multiplyNumbers = numeric({ int: multiplyInts, uint: (a, b) => checkedUint(a * b), double: (a, b) => a * b });
const divideNumbers = numeric({
  int: (a, b) => (Number(b) === 0 ? DIVISION_BY_ZERO : checkedInt(BigInt(a) / BigInt(b))),
  uint: (a, b) => (b === 0n ? DIVISION_BY_ZERO : new CelUint(a / b)),
  double: (a, b) => a / b,
});
const moduloNumbers = numeric({
  int: (a, b) => (Number(b) === 0 ? MODULUS_BY_ZERO : checkedInt(BigInt(a) % BigInt(b))),
  uint: (a, b) => (b === 0n ? MODULUS_BY_ZERO : new CelUint(a % b)),
});

export function add(a: Value, b: Value): Value {
  if (typeof a === "string") return typeof b === "string" ? a + b : NO_SUCH_OVERLOAD;
  return addNumbers(a, b) ?? addTimes(a, b) ?? join(a, b) ?? NO_SUCH_OVERLOAD;
}

function addTimes(a: Value, b: Value): Value | undefined {
  if (!(b instanceof CelDuration))
    return b instanceof CelTimestamp && a instanceof CelDuration ? addTimes(b, a) : undefined;
  if (a instanceof CelDuration) return checkedDuration(a.nanos + b.nanos);
  return a instanceof CelTimestamp ? checkedTimestamp(a.nanos + b.nanos, a.offsetMinutes) : undefined;
}

function join(a: Value, b: Value): Value | undefined {
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? Buffer.concat([a, b]) : undefined;
  if (!(a instanceof CelList) || !(b instanceof CelList)) return undefined;
  if (a instanceof GrowingList) return a.addAll(b);
  return a.plusSpecially(b) ?? joinLists(a, b);
}

function joinLists(a: CelList, b: CelList): CelList {
  if (a.size === 0) return b;
  return b.size === 0 ? a : new JoinedList(a, b);
}

export function subtract(a: Value, b: Value): Value {
  return subtractNumbers(a, b) ?? subtractTimes(a, b) ?? NO_SUCH_OVERLOAD;
}

function subtractTimes(a: Value, b: Value): Value | undefined {
  if (a instanceof CelTimestamp && b instanceof CelTimestamp) return between(b, a);
  if (!(b instanceof CelDuration)) return undefined;
  if (a instanceof CelDuration) return checkedDuration(a.nanos - b.nanos);
  return a instanceof CelTimestamp ? checkedTimestamp(a.nanos - b.nanos, a.offsetMinutes) : undefined;
}

export function multiply(a: Value, b: Value): Value {
  return multiplyNumbers(a, b) ?? NO_SUCH_OVERLOAD;
}

export function divide(a: Value, b: Value): Value {
  return divideNumbers(a, b) ?? NO_SUCH_OVERLOAD;
}

export function modulo(a: Value, b: Value): Value {
  return moduloNumbers(a, b) ?? NO_SUCH_OVERLOAD;
}

export function negate(value: Value): Value | CelError {
  if (isInt(value)) return subtractInts(0, value);
  return value instanceof CelDouble ? new CelDouble(-value.value) : NO_SUCH_OVERLOAD;
}
