import { CelError, NO_SUCH_OVERLOAD } from "../value/error.ts";
import type { Value } from "../value/value.ts";
import { CelOptional } from "../value/value.ts";
import type { Step } from "./frame.ts";
import type { Planned } from "./planned.ts";

/** False if any is false, whatever the others are; else the first error. */
export function andStep(terms: readonly Planned[]): Step {
  return decidedBy(false, terms);
}

/** True if any is true, whatever the others are; else the first error. */
export function orStep(terms: readonly Planned[]): Step {
  return decidedBy(true, terms);
}

function decidedBy(decider: boolean, terms: readonly Planned[]): Step {
  const [left, right] = terms.map(({ run }) => run) as [Step, Step];
  return (frame) => {
    const first = left(frame);
    if (first === decider) return decider;
    const second = right(frame);
    if (second === decider) return decider;
    if (first !== !decider) return asError(first);
    return second === !decider ? second : asError(second);
  };
}

function asError(value: Value): CelError {
  return value instanceof CelError ? value : NO_SUCH_OVERLOAD;
}

/** `a.or(b)` and `a.orValue(b)`: b runs only if a holds nothing. */
export function orElseStep([first, second]: readonly Planned[], unwrap: boolean): Step {
  return (frame) => {
    const optional = first!.run(frame);
    if (!(optional instanceof CelOptional)) return asError(optional);
    if (optional.value === undefined) return second!.run(frame);
    return unwrap ? optional.value : optional;
  };
}

/** Whether a loop may go on: an error does not end it, for a later turn may decide. */
export function notStrictlyFalse({ run }: Planned): Step {
  return (frame) => {
    const value = run(frame);
    frame.charge(1);
    return typeof value === "boolean" ? value : true;
  };
}
