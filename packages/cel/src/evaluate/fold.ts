import { CelError } from "../value/error.ts";
import { CelList } from "../value/value.ts";
import { EntryMap } from "../value/map.ts";
import { isNumeric } from "../value/numbers.ts";
import type { Value } from "../value/value.ts";
import type { Step } from "./frame.ts";
import { Frame } from "./frame.ts";
import { PlanError } from "./plan-error.ts";
import type { Planned } from "./planned.ts";
import { plannedConstant } from "./planned.ts";

const CONVERSIONS = new Set([
  "bool",
  "bytes",
  "double",
  "duration",
  "dyn",
  "int",
  "string",
  "timestamp",
  "type",
  "uint",
]);

/**
 * A conversion of a constant is one; one that fails keeps the expression from being planned.
 * Upstream: github.com/google/cel-go/interpreter/decorators.go#maybeOptimizeConstUnary
 */
export function foldConversion(fn: string, args: readonly Planned[], step: Step): Planned | undefined {
  if (!CONVERSIONS.has(fn) || args.length !== 1 || !args[0]!.constant) return undefined;
  const value = step(new Frame({ resolve: () => undefined }, {}));
  if (value instanceof CelError) throw new PlanError(value.message);
  return plannedConstant(value);
}

/**
 * `x in [constants]` looks x up instead of comparing it with each, and costs nothing.
 * Upstream: github.com/google/cel-go/interpreter/decorators.go#maybeOptimizeSetMembership
 */
export function foldMembership(overload: string | undefined, [item, list]: readonly Planned[]): Planned | undefined {
  const values = list?.constant?.value;
  if (overload !== "in_list" || !(values instanceof CelList)) return undefined;
  if (values.size === 0) return plannedConstant(false);
  const set = new EntryMap();
  for (const value of values) {
    if (!isPrimitive(value)) return undefined;
    if (value !== null) set.set(value, true);
  }
  const hasNull = [...values].includes(null);
  const run: Step = (frame) => {
    const value = item!.run(frame);
    if (value instanceof CelError) return value;
    return value === null ? hasNull : isPrimitive(value) && set.has(value);
  };
  return { run };
}

function isPrimitive(value: Value): boolean {
  return isNumeric(value) || typeof value === "string" || typeof value === "boolean" || value === null;
}
