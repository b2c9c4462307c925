import { DurationError, formatDurationNs, parseDurationNs } from "../duration/duration.ts";
import { canonicalQuantity, QuantityError } from "../quantity/quantity.ts";
import { DecodeError } from "./decode-error.ts";
import { canonicalMicroTime, canonicalTime } from "./go-time.ts";
import { Op, type ValuePlan } from "./plan.ts";

/** The one spelling of a text that its type reads itself. Null for a time that is not set. @throws {DecodeError} */
export function readText(op: Op, text: string): string | null {
  switch (op) {
    case Op.time:
      return canonicalTime(text);
    case Op.microTime:
      return canonicalMicroTime(text);
    case Op.quantity:
      return orDecodeError(() => canonicalQuantity(text.trim()));
    case Op.duration:
      return orDecodeError(() => formatDurationNs(parseDurationNs(text)));
    default:
      return text;
  }
}

/** What null leaves of a value: nil, or zero where a type reads itself; a plain value stays what it was. */
export function readNull(plan: ValuePlan & { readonly pointer?: boolean }, previous: unknown): unknown {
  if (plan.pointer) return null;
  if (plan.op === Op.duration) return readText(plan.op, "");
  return plan.op === Op.struct || plan.op < Op.bytes ? (previous ?? null) : null;
}

function orDecodeError(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (error instanceof QuantityError || error instanceof DurationError)
      throw new DecodeError("type", error.message, { cause: error });
    throw error;
  }
}
