import { CelError, NO_SUCH_OVERLOAD } from "../value/error.ts";
import type { Value } from "../value/value.ts";
import { CelOptional, NONE } from "../value/value.ts";
import type { Frame, Step } from "./frame.ts";
import type { Qualifier } from "./qualifier.ts";

/**
 * A variable or value with a chain of fields and indices behind it. To run it as a whole costs 1 beside what its
 * qualifiers cost; where only its value is taken (a branch of `?:`, an index) that 1 is not paid.
 * Upstream: github.com/google/cel-go/interpreter/attributes.go
 */
export interface Attribute {
  readonly resolve: Step;
  readonly run: Step;
  with(qualifier: Qualifier): Attribute;
}

export function attributeOf(base: Step, qualifiers: readonly Qualifier[] = []): Attribute {
  const resolve = qualifiers.length === 0 ? base : chain(base, qualifiers);
  return {
    resolve,
    run(frame) {
      const value = resolve(frame);
      frame.charge(1);
      return value;
    },
    with: (qualifier) => attributeOf(base, [...qualifiers, qualifier]),
  };
}

/** `c ? a : b`, which passes what is behind it on to both. */
export function conditionalAttribute(condition: Step, yes: Attribute, no: Attribute): Attribute {
  const resolve: Step = (frame) => {
    const chosen = condition(frame);
    if (chosen === true) return yes.resolve(frame);
    if (chosen === false) return no.resolve(frame);
    return chosen instanceof CelError ? chosen : NO_SUCH_OVERLOAD;
  };
  return {
    resolve,
    run: resolve,
    with: (qualifier) => conditionalAttribute(condition, yes.with(qualifier), no.with(qualifier)),
  };
}

/** has(): the attribute's last qualifier asks for presence. Costs nothing itself. */
export function presenceAttribute(attribute: Attribute): Attribute {
  const resolve: Step = (frame) => {
    const value = attribute.resolve(frame);
    return value instanceof CelOptional ? value.value !== undefined : value;
  };
  return { resolve, run: resolve, with: (qualifier) => attributeOf(resolve, [qualifier]) };
}

function chain(base: Step, qualifiers: readonly Qualifier[]): Step {
  return (frame) => {
    const value = base(frame);
    if (value instanceof CelError || value === NONE) return value;
    return value instanceof CelOptional ? optionally(frame, value.value, qualifiers) : walk(frame, value, qualifiers);
  };
}

function walk(frame: Frame, value: Value, qualifiers: readonly Qualifier[]): Value {
  let object = value;
  for (let i = 0; i < qualifiers.length; i += 1) {
    const qualifier = qualifiers[i]!;
    if (qualifier.optional) return optionally(frame, object, qualifiers.slice(i));
    object = qualifier.qualify(frame, object);
    if (object instanceof CelError) return object;
  }
  return object;
}

/** From an optional step on, all steps are: the first that finds nothing ends the chain. */
function optionally(frame: Frame, value: Value | undefined, qualifiers: readonly Qualifier[]): Value {
  let object = value;
  for (const qualifier of qualifiers) {
    if (object === undefined) return NONE;
    object = qualifier.qualifyIfPresent(frame, object);
    if (object instanceof CelError) return object;
  }
  return object === undefined ? NONE : new CelOptional(object);
}
