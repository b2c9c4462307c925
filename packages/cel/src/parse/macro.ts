import type { Expr } from "./expr.ts";
import type { MacroFactory } from "./expr-factory.ts";
import {
  ACCUMULATOR,
  ADD,
  CONDITIONAL,
  EQUALS,
  LOGICAL_AND,
  LOGICAL_NOT,
  LOGICAL_OR,
  NOT_STRICTLY_FALSE,
  OLD_ACCUMULATOR,
} from "./operators.ts";

/** What is wrong with the arguments of a macro, and at which of them. */
export class MacroError extends Error {
  readonly at: Expr;

  constructor(at: Expr, message: string) {
    super(message);
    this.at = at;
  }
}

export interface MacroCall {
  readonly make: MacroFactory;
  readonly target: Expr | undefined;
  readonly args: readonly Expr[];
}

/** A call that the parser replaces by another expression. */
export interface Macro {
  readonly name: string;
  readonly receiver: boolean;
  readonly argCount: number;
  /** Undefined when this is a plain call after all. */
  expand(call: MacroCall): Expr | undefined;
}

export function receiverMacro(name: string, argCount: number, expand: Macro["expand"]): Macro {
  return { name, receiver: true, argCount, expand };
}

/** The variables of a loop, checked. */
export interface LoopVars {
  readonly iterVar: string;
  readonly iterVar2?: string;
}

/** The variable of a loop with one. `message` says what was asked for instead. */
function oneVar(arg: Expr, message: string): LoopVars {
  const iterVar = nameOf(arg, message);
  refuseAccumulator(arg, iterVar);
  return { iterVar };
}

export function nameOf(arg: Expr, message: string): string {
  if (arg.kind !== "ident") throw new MacroError(arg, message);
  return arg.name;
}

export function refuseAccumulator(arg: Expr, name: string): void {
  if (name === ACCUMULATOR || name === OLD_ACCUMULATOR) {
    throw new MacroError(arg, "iteration variable overwrites accumulator variable");
  }
}

/** What a loop is made of beside its range. */
interface LoopParts {
  readonly vars: LoopVars;
  readonly predicate: Expr;
}

export function all({ make, target }: MacroCall, { vars, predicate }: LoopParts): Expr {
  return make.comprehension({
    range: target!,
    ...vars,
    accuVar: ACCUMULATOR,
    accuInit: make.literal(true),
    condition: make.call(NOT_STRICTLY_FALSE, make.accumulator()),
    step: make.call(LOGICAL_AND, make.accumulator(), predicate),
    result: make.accumulator(),
  });
}

export function exists({ make, target }: MacroCall, { vars, predicate }: LoopParts): Expr {
  return make.comprehension({
    range: target!,
    ...vars,
    accuVar: ACCUMULATOR,
    accuInit: make.literal(false),
    condition: make.call(NOT_STRICTLY_FALSE, make.call(LOGICAL_NOT, make.accumulator())),
    step: make.call(LOGICAL_OR, make.accumulator(), predicate),
    result: make.accumulator(),
  });
}

export function existsOne({ make, target }: MacroCall, { vars, predicate }: LoopParts): Expr {
  return make.comprehension({
    range: target!,
    ...vars,
    accuVar: ACCUMULATOR,
    accuInit: make.literal(0),
    condition: make.literal(true),
    step: make.call(CONDITIONAL, predicate, make.call(ADD, make.accumulator(), make.literal(1)), make.accumulator()),
    result: make.call(EQUALS, make.accumulator(), make.literal(1)),
  });
}

/** Gathers `step`, which starts from `init`, of the elements that `filter` keeps. */
interface Gathering {
  readonly vars: LoopVars;
  readonly init: Expr;
  readonly step: Expr;
  readonly filter?: Expr | undefined;
}

export function gather({ make, target }: MacroCall, { vars, init, step, filter }: Gathering): Expr {
  const condition = make.literal(true);
  const kept = filter ? make.call(CONDITIONAL, filter, step, make.accumulator()) : step;
  return make.comprehension({
    range: target!,
    ...vars,
    accuVar: ACCUMULATOR,
    accuInit: init,
    condition,
    step: kept,
    result: make.accumulator(),
  });
}

const SIMPLE_NAME = "argument must be a simple name";
const IDENTIFIER = "argument is not an identifier";

export function mapMacro(call: MacroCall): Expr {
  const { make, args } = call;
  const vars = oneVar(args[0]!, IDENTIFIER);
  const [filter, transform] = args.length === 3 ? [args[1], args[2]!] : [undefined, args[1]!];
  return gather(call, {
    vars,
    init: make.list(),
    step: make.call(ADD, make.accumulator(), make.list(transform)),
    filter,
  });
}

function filterMacro(call: MacroCall): Expr {
  const { make, args } = call;
  const vars = oneVar(args[0]!, IDENTIFIER);
  return gather(call, {
    vars,
    init: make.list(),
    step: make.call(ADD, make.accumulator(), make.list(args[0]!)),
    filter: args[1]!,
  });
}

function hasMacro({ make, args }: MacroCall): Expr {
  const select = args[0]!;
  if (select.kind !== "select") throw new MacroError(select, "invalid argument to has() macro");
  return make.presence(select.operand, select.field);
}

function quantifier(build: typeof all): Macro["expand"] {
  return (call) => build(call, { vars: oneVar(call.args[0]!, SIMPLE_NAME), predicate: call.args[1]! });
}

/** The macros of the language itself. Upstream: github.com/google/cel-go/parser/macro.go */
export const STANDARD_MACROS: readonly Macro[] = [
  { name: "has", receiver: false, argCount: 1, expand: hasMacro },
  receiverMacro("all", 2, quantifier(all)),
  receiverMacro("exists", 2, quantifier(exists)),
  receiverMacro("exists_one", 2, quantifier(existsOne)),
  receiverMacro("map", 2, mapMacro),
  receiverMacro("map", 3, mapMacro),
  receiverMacro("filter", 2, filterMacro),
];
