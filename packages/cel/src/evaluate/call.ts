import type { FunctionDecl, Overload } from "../check/declaration.ts";
import type { CallCost } from "../cost/call-costs.ts";
import type { Call } from "../parse/expr.ts";
import { EQUALS, NOT_EQUALS } from "../parse/operators.ts";
import { regexArgument } from "../library/regex/pattern.ts";
import { equals } from "../value/compare.ts";
import { CelError } from "../value/error.ts";
import { fitsType, typeOfValue } from "../value/type-of.ts";
import type { Value } from "../value/value.ts";
import type { Frame, Step } from "./frame.ts";
import { foldConversion, foldMembership } from "./fold.ts";
import type { PlanOptions } from "./plan-options.ts";
import { PlanError } from "./plan-error.ts";
import type { Planned } from "./planned.ts";

type Run = (...args: Value[]) => Value;

/** A call of a function. Upstream: github.com/google/cel-go/interpreter/planner.go#planCall */
export function planCall(options: PlanOptions, call: Call, args: readonly Planned[]): Planned {
  const { overload, run, variadic } = choose(options, call);
  const cost = options.costs.costOf(call.fn, overload ?? "");
  const member = foldMembership(overload, args);
  if (member) return member;
  checkPattern(call, args);
  const stopsEarly = variadic || args.length > 2 || regexArgument(call.fn, args) !== undefined;
  const step = stopsEarly ? manyArguments({ run, cost, args }) : fewArguments({ run, cost, args });
  return foldConversion(call.fn, args, step) ?? { run: step };
}

/** A pattern that is known beforehand must be one. */
function checkPattern(call: Call, args: readonly Planned[]): void {
  const pattern = regexArgument(call.fn, args);
  if (pattern instanceof CelError) throw new PlanError(pattern.message);
}

interface Choice {
  readonly overload: string | undefined;
  readonly run: Run;
  /** Whether it is run like a function of any number of arguments: the first that fails ends it. */
  readonly variadic: boolean;
}

function choose(options: PlanOptions, call: Call): Choice {
  const declared = options.functions.get(call.fn);
  if (!declared) throw new PlanError(`no such overload: ${call.fn}`);
  const meant = options.references.get(call.id)?.overloads ?? [];
  const overload = meant.length === 1 ? meant[0] : undefined;
  if (call.fn === EQUALS) return { overload: "equals", run: equals as Run, variadic: false };
  if (call.fn === NOT_EQUALS)
    return { overload: "not_equals", run: (a, b) => equals(a!, b!) !== true, variadic: false };
  const exact = declared.overloads.find(({ id }) => id === overload);
  if (exact?.run) return { overload, run: guarded(declared, exact), variadic: overload === "string_format" };
  if (declared.run) return { overload, run: accepting(declared, declared.run), variadic: false };
  return { overload, run: dispatching(declared), variadic: true };
}

/** An overload that was meant for other arguments says so. */
function guarded({ name, unguarded }: FunctionDecl, { args, run }: Overload): Run {
  if (unguarded) return run!;
  return (...values) =>
    values.every((value, i) => fitsType(value, args[i]!)) ? run!(...values) : noSuchOverload(name, values);
}

function accepting({ name, accepts }: FunctionDecl, run: Run): Run {
  if (!accepts) return run;
  return (...values) => (accepts(values[0]!) ? run(...values) : new CelError(`no such overload: ${name}`));
}

/** The first overload that the arguments fit. */
function dispatching({ name, overloads }: FunctionDecl): Run {
  const runnable = overloads.filter(({ run }) => run);
  return (...values) => {
    const fitting = runnable.find(
      ({ args }) => args.length === values.length && args.every((type, i) => fitsType(values[i]!, type)),
    );
    return fitting ? fitting.run!(...values) : noSuchOverload(name, values);
  };
}

function noSuchOverload(name: string, values: readonly Value[]): CelError {
  return new CelError(`no such overload: ${name}(${values.map((value) => typeOfValue(value).name).join(", ")})`);
}

interface Running {
  readonly run: Run;
  readonly cost: CallCost | number;
  readonly args: readonly Planned[];
}

/** All arguments run, even behind one that failed; the call is paid for all the same. */
function fewArguments({ run, cost, args }: Running): Step {
  const [first, second] = args.map((arg) => arg.run);
  if (!first) return (frame) => paid(frame, cost, [], run);
  if (!second) {
    return (frame) => {
      const value = first(frame);
      return paid(frame, cost, [value], () => (value instanceof CelError ? value : run(value)));
    };
  }
  return (frame) => {
    const left = first(frame);
    const right = second(frame);
    const failed = left instanceof CelError ? left : right instanceof CelError ? right : undefined;
    if (typeof cost !== "number") return paid(frame, cost, [left, right], () => failed ?? run(left, right));
    const result = failed ?? run(left, right);
    frame.charge(cost);
    return result;
  };
}

function manyArguments({ run, cost, args }: Running): Step {
  return (frame) => {
    const values: Value[] = [];
    for (const arg of args) {
      const value = arg.run(frame);
      if (value instanceof CelError) return value;
      values.push(value);
    }
    return paid(frame, cost, values, () => run(...values));
  };
}

// oxlint-disable-next-line max-params -- Called once for every call that is run; an object for each would be waste.
function paid(frame: Frame, cost: CallCost | number, values: readonly Value[], run: () => Value): Value {
  if (typeof cost === "number") {
    frame.charge(cost);
    return run();
  }
  const beforehand = cost.length < 2;
  if (beforehand) frame.charge(cost(values, null));
  const result = run();
  if (!beforehand) frame.charge(cost(values, result));
  return result;
}
