/** What an expression evaluates to when it fails. A value, not an exception: `||` and `&&` may absorb it. */
export class CelError {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

export const NO_SUCH_OVERLOAD = new CelError("no such overload");
export const INT_OVERFLOW = new CelError("integer overflow");
export const UINT_OVERFLOW = new CelError("unsigned integer overflow");
export const DIVISION_BY_ZERO = new CelError("division by zero");
export const MODULUS_BY_ZERO = new CelError("modulus by zero");
export const DURATION_OVERFLOW = new CelError("duration overflow");
export const TIMESTAMP_OVERFLOW = new CelError("timestamp overflow");

/** Ends an evaluation at once; nothing in the expression can absorb it. */
export class EvaluationCancelled extends Error {}
