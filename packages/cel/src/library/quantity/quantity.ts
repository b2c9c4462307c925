import {
  addQuantity,
  compareQuantity,
  isIntegerQuantity,
  isQuantity,
  parseQuantity,
  quantityFloat,
  QuantityError,
  quantityFromValue,
  quantitySign,
  subQuantity,
} from "@dingi/apimachinery";
import { fn, member, overload } from "../../check/declaration.ts";
import { BOOL, DOUBLE, INT, STRING, structOf } from "../../check/type.ts";
import { CelError } from "../../value/error.ts";
import type { CelInt } from "../../value/numbers.ts";
import { CelDouble, intOf, MAX_INT, MIN_INT } from "../../value/numbers.ts";
import type { Value } from "../../value/value.ts";
import { Opaque } from "../../value/value.ts";
import type { Library } from "../library.ts";

export const QUANTITY_TYPE = structOf("kubernetes.Quantity");

/** A quantity, by its text. */
export class Quantity extends Opaque {
  readonly type = QUANTITY_TYPE;
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }

  equals(other: Opaque): boolean | CelError {
    return other instanceof Quantity ? compareQuantity(this.text, other.text) === 0 : new CelError("no such overload");
  }
}

function toQuantity(text: string): Value {
  try {
    return new Quantity(parseQuantity(text).text);
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    return new CelError(error.message);
  }
}

const NANOS = 1_000_000_000n;

/** The whole number that it is, if it is one of 64 bits. */
function wholeOf({ text }: Quantity): CelInt | undefined {
  if (!isIntegerQuantity(text)) return undefined;
  const whole = parseQuantity(text).nano / NANOS;
  return whole < MIN_INT || whole > MAX_INT ? undefined : intOf(whole);
}

function ofInt(value: CelInt): string {
  return quantityFromValue(value, "DecimalExponent");
}

type Pair = readonly [Quantity, Quantity];
const compared = (...[a, b]: Pair): -1 | 0 | 1 => compareQuantity(a.text, b.text);

/** Upstream: k8s.io/apiserver/pkg/cel/library/quantity.go */
export const QUANTITY: Library = {
  name: "kubernetes.quantity",
  functions: [
    fn("quantity", overload("string_to_quantity", [STRING], QUANTITY_TYPE, toQuantity)),
    fn("isQuantity", overload("is_quantity_string", [STRING], BOOL, isQuantity)),
    fn(
      "sign",
      overload("quantity_sign", [QUANTITY_TYPE], INT, ({ text }: Quantity) => quantitySign(text)),
    ),
    fn(
      "isInteger",
      member("quantity_is_integer", [QUANTITY_TYPE], BOOL, (quantity: Quantity) => wholeOf(quantity) !== undefined),
    ),
    fn(
      "asInteger",
      member(
        "quantity_get_int",
        [QUANTITY_TYPE],
        INT,
        (quantity: Quantity) => wholeOf(quantity) ?? new CelError("cannot convert value to integer"),
      ),
    ),
    fn(
      "asApproximateFloat",
      member("quantity_get_float", [QUANTITY_TYPE], DOUBLE, ({ text }: Quantity) => new CelDouble(quantityFloat(text))),
    ),
    fn(
      "isGreaterThan",
      member(
        "quantity_is_greater_than",
        [QUANTITY_TYPE, QUANTITY_TYPE],
        BOOL,
        (...pair: Pair) => compared(...pair) > 0,
      ),
    ),
    fn(
      "isLessThan",
      member("quantity_is_less_than", [QUANTITY_TYPE, QUANTITY_TYPE], BOOL, (...pair: Pair) => compared(...pair) < 0),
    ),
    fn("compareTo", member("quantity_compare_to", [QUANTITY_TYPE, QUANTITY_TYPE], INT, compared)),
    fn(
      "add",
      member(
        "quantity_add",
        [QUANTITY_TYPE, QUANTITY_TYPE],
        QUANTITY_TYPE,
        (a: Quantity, b: Quantity) => new Quantity(addQuantity(a.text, b.text)),
      ),
      member(
        "quantity_add_int",
        [QUANTITY_TYPE, INT],
        QUANTITY_TYPE,
        (a: Quantity, b: CelInt) => new Quantity(addQuantity(a.text, ofInt(b))),
      ),
    ),
    fn(
      "sub",
      member(
        "quantity_sub",
        [QUANTITY_TYPE, QUANTITY_TYPE],
        QUANTITY_TYPE,
        (a: Quantity, b: Quantity) => new Quantity(subQuantity(a.text, b.text)),
      ),
      member(
        "quantity_sub_int",
        [QUANTITY_TYPE, INT],
        QUANTITY_TYPE,
        (a: Quantity, b: CelInt) => new Quantity(subQuantity(a.text, ofInt(b))),
      ),
    ),
  ],
};
