import type { Value } from "../value/value.ts";
import type { CelType } from "./type.ts";
import { typeParamsOf } from "./type.ts";

/** One signature of a function. */
export interface Overload {
  readonly id: string;
  /** Whether it is called on its first argument. */
  readonly member: boolean;
  readonly args: readonly CelType[];
  readonly result: CelType;
  readonly typeParams: readonly string[];
  /** What it does, for functions that have no `run` for all overloads. */
  readonly run?: ((...args: Value[]) => Value) | undefined;
  /** Only declared so that it can be checked; never chosen from outside 1.28's numeric comparisons. */
  readonly crossType?: boolean | undefined;
}

export interface FunctionDecl {
  readonly name: string;
  readonly overloads: readonly Overload[];
  /** What the function does whatever overload was meant: its arguments decide. */
  readonly run?: ((...args: Value[]) => Value) | undefined;
  /** Whether `run` can be asked with such a first argument; without it always. */
  readonly accepts?: ((first: Value) => boolean) | undefined;
  /** Whether overloads run whatever the types of the arguments are. */
  readonly unguarded?: boolean | undefined;
}

type Run = (...args: never[]) => Value;

/** An overload called as f(a, b). */
// oxlint-disable-next-line max-params -- A row of a table: these are read by the hundred, in the order of a signature.
export function overload(id: string, args: readonly CelType[], result: CelType, run?: Run): Overload {
  return { id, member: false, args, result, typeParams: typeParamsOf([...args, result]), run: run as Overload["run"] };
}

/** An overload called as a.f(b). */
// oxlint-disable-next-line max-params -- Likewise.
export function member(id: string, args: readonly CelType[], result: CelType, run?: Run): Overload {
  return { ...overload(id, args, result, run), member: true };
}

export function fn(name: string, ...overloads: Overload[]): FunctionDecl {
  return { name, overloads };
}

/** Functions by name. Overloads of one name add up. */
export class FunctionTable {
  readonly #functions = new Map<string, FunctionDecl>();

  constructor(functions: Iterable<FunctionDecl>) {
    for (const declared of functions) {
      const before = this.#functions.get(declared.name);
      this.#functions.set(declared.name, before ? merge(before, declared) : declared);
    }
  }

  get(name: string): FunctionDecl | undefined {
    return this.#functions.get(name.startsWith(".") ? name.slice(1) : name);
  }
}

/** What ran all overloads of one declaration goes on to run those, and not the other's. */
function merge(a: FunctionDecl, b: FunctionDecl): FunctionDecl {
  return {
    ...a,
    ...b,
    overloads: [...withRun(a), ...withRun(b)],
    run: a.run ?? b.run,
    accepts: a.accepts ?? b.accepts,
  };
}

function withRun({ overloads, run }: FunctionDecl): readonly Overload[] {
  return run ? overloads.map((each) => ({ ...each, run: each.run ?? run })) : overloads;
}
