import type { Call, Comprehension, Expr, Ident, ListExpr, MapExpr, Select, StructExpr } from "../parse/expr.ts";
import * as op from "../parse/operators.ts";
import { CelError } from "../value/error.ts";
import { ArrayList, GrowingList } from "../value/list.ts";
import { goTypeOf } from "../value/go-type.ts";
import { EntryMap, GrowingMap, isKey } from "../value/map.ts";
import { typeOfValue } from "../value/type-of.ts";
import type { Value } from "../value/value.ts";
import { CelOptional, TypeValue } from "../value/value.ts";
import type { Attribute } from "./attribute.ts";
import { attributeOf, conditionalAttribute, presenceAttribute } from "./attribute.ts";
import { planCall } from "./call.ts";
import type { Step } from "./frame.ts";
import { Frame } from "./frame.ts";
import { loopStep } from "./loop.ts";
import { andStep, notStrictlyFalse, orElseStep, orStep } from "./logic.ts";
import type { PlanOptions } from "./plan-options.ts";
import { PlanError } from "./plan-error.ts";
import type { Planned } from "./planned.ts";
import { asAttribute, plannedAttribute, plannedConstant } from "./planned.ts";
import { computedQualifier, constantQualifier, presenceQualifier } from "./qualifier.ts";

const LIST_COST = 10;
const MAP_COST = 30;
const STRUCT_COST = 40;

/** Makes closures of a checked expression. Upstream: github.com/google/cel-go/interpreter/planner.go */
export class Planner {
  readonly #options: PlanOptions;
  /** Name → the slots of the loops that use it, innermost last. */
  readonly #locals = new Map<string, Attribute[]>();
  #slots = 0;

  constructor(options: PlanOptions) {
    this.#options = options;
  }

  plan(expr: Expr): Planned {
    switch (expr.kind) {
      case "literal":
        return plannedConstant(expr.value);
      case "ident":
        return this.#ident(expr);
      case "select":
        return this.#select(expr);
      case "call":
        return this.#call(expr);
      case "list":
        return this.#list(expr);
      case "map":
        return this.#map(expr);
      case "struct":
        return this.#struct(expr);
      case "comprehension":
        return this.#comprehension(expr);
      case "unspecified":
        throw new PlanError("unspecified expression");
    }
  }

  #ident({ id, name }: Ident): Planned {
    const type = this.#options.references.get(id)?.type;
    if (type) return plannedConstant(new TypeValue(type));
    const local = this.#locals.get(name)?.at(-1);
    if (local) return plannedAttribute(local);
    const global = name.startsWith(".") ? name.slice(1) : name;
    const absent = new CelError(`no such attribute(s): ${global}`);
    return plannedAttribute(
      attributeOf((frame) => {
        const value = frame.activation.resolve(global);
        return value === undefined ? absent : value;
      }),
    );
  }

  #select({ operand, field, testOnly }: Select): Planned {
    const attribute = asAttribute(this.plan(operand));
    if (!testOnly) return plannedAttribute(attribute.with(constantQualifier(field, false)));
    return plannedAttribute(presenceAttribute(attribute.with(presenceQualifier(field))));
  }

  #call(call: Call): Planned {
    const args = (call.target ? [call.target, ...call.args] : call.args).map((arg) => this.plan(arg));
    return this.#special(call, args) ?? planCall(this.#options, call, args);
  }

  #special({ fn, id }: Call, args: readonly Planned[]): Planned | undefined {
    switch (fn) {
      case op.LOGICAL_AND:
        return { run: andStep(args) };
      case op.LOGICAL_OR:
        return { run: orStep(args) };
      case op.CONDITIONAL:
        return plannedAttribute(conditionalAttribute(args[0]!.run, branch(args[1]!), branch(args[2]!)));
      case op.NOT_STRICTLY_FALSE:
        return { run: notStrictlyFalse(args[0]!) };
      case op.INDEX:
        return this.#index(args, false);
      case op.OPT_INDEX:
      case op.OPT_SELECT:
        return this.#index(args, true);
      default:
        return this.#isOr(id) ? { run: orElseStep(args, fn === "orValue") } : undefined;
    }
  }

  #isOr(id: number): boolean {
    const overload = this.#options.references.get(id)?.overloads?.[0];
    return overload === "optional_or_optional" || overload === "optional_orValue_value";
  }

  #index([target, index]: readonly Planned[], optional: boolean): Planned {
    const key = index!.constant?.value;
    if (key !== undefined && !isKey(key)) throw new PlanError(`invalid qualifier type: ${goTypeOf(key)}`);
    const qualifier = index!.constant
      ? constantQualifier(index!.constant.value, optional)
      : computedQualifier(branch(index!).resolve, optional);
    return plannedAttribute(asAttribute(target!).with(qualifier));
  }

  #list({ elements, optional }: ListExpr): Planned {
    const parts = elements.map((element) => this.plan(element));
    const run: Step = (frame) => {
      const values: Value[] = [];
      for (let i = 0; i < parts.length; i += 1) {
        const value = parts[i]!.run(frame);
        if (value instanceof CelError) return charged(frame, LIST_COST, value);
        if (!optional.has(i)) values.push(value);
        else if (!(value instanceof CelOptional)) return charged(frame, LIST_COST, notOptional("list element", value));
        else if (value.value !== undefined) values.push(value.value);
      }
      return charged(frame, LIST_COST, new ArrayList(values));
    };
    return optional.size === 0 ? foldConstants(run, parts) : { run };
  }

  #map({ entries }: MapExpr): Planned {
    const parts = entries.map(({ key, value, optional }) => ({
      key: this.plan(key),
      value: this.plan(value),
      optional,
    }));
    const run: Step = (frame) => charged(frame, MAP_COST, buildMap(frame, parts));
    const hasOptional = parts.some(({ optional }) => optional);
    return hasOptional
      ? { run }
      : foldConstants(
          run,
          parts.flatMap(({ key, value }) => [key, value]),
        );
  }

  #struct({ typeName, fields }: StructExpr): Planned {
    const { provider } = this.#options;
    if (!provider.make) throw new PlanError(`unknown type: ${typeName}`);
    const parts = fields.map(({ name, value, optional }) => ({ name, value: this.plan(value), optional }));
    const run: Step = (frame) => {
      const values = new Map<string, Value>();
      for (const { name, value, optional } of parts) {
        const given = value.run(frame);
        if (given instanceof CelError) return charged(frame, STRUCT_COST, given);
        const kept = optional && given instanceof CelOptional ? given.value : given;
        if (kept !== undefined) values.set(name, kept);
      }
      return charged(frame, STRUCT_COST, provider.make!(typeName, values));
    };
    return { run };
  }

  #comprehension(expr: Comprehension): Planned {
    const init = this.plan(expr.accuInit).run;
    const range = this.plan(expr.range).run;
    const accu = this.#newSlot();
    const accumulator = attributeOf((frame) => {
      const gathered = frame.slots[accu];
      return gathered === undefined ? (frame.slots[accu] = initial(init(frame), expr)) : gathered;
    });
    return this.#binding(expr.accuVar, accumulator, () => {
      const names = [expr.iterVar, ...(expr.iterVar2 === undefined ? [] : [expr.iterVar2])];
      const slots = names.map(() => this.#newSlot());
      const [condition, step] = this.#bindingAll(names, slots, () => [this.plan(expr.condition), this.plan(expr.step)]);
      const result = this.plan(expr.result).run;
      return { run: loopStep({ range, accu, slots, condition: condition!, step: step!.run, result }) };
    });
  }

  #bindingAll<T>(names: readonly string[], slots: readonly number[], work: () => T): T {
    const [name, ...rest] = names;
    if (name === undefined) return work();
    const [slot, ...others] = slots;
    const variable = attributeOf((frame) => frame.slots[slot!]!);
    return this.#binding(name, variable, () => this.#bindingAll(rest, others, work));
  }

  #binding<T>(name: string, variable: Attribute, work: () => T): T {
    const before = this.#locals.get(name) ?? [];
    this.#locals.set(name, [...before, variable]);
    try {
      return work();
    } finally {
      this.#locals.set(name, before);
    }
  }

  #newSlot(): number {
    this.#slots += 1;
    return this.#slots - 1;
  }
}

/** What is taken as an attribute without paying for it as one. */
function branch({ run, attribute }: Planned): Attribute {
  return attribute ?? attributeOf(run);
}

function charged<T extends Value>(frame: Frame, cost: number, value: T): T {
  frame.charge(cost);
  return value;
}

function notOptional(what: string, value: Value): CelError {
  return new CelError(`cannot initialize optional ${what} from non-optional value ${String(typeOfValue(value).name)}`);
}

/** A literal of constants is made once, and costs nothing. */
function foldConstants(run: Step, parts: readonly Planned[]): Planned {
  if (!parts.every(({ constant }) => constant)) return { run };
  const value = run(new Frame({ resolve: () => undefined }, {}));
  return plannedConstant(value);
}

interface PlannedEntry {
  readonly key: Planned;
  readonly value: Planned;
  readonly optional: boolean;
}

function buildMap(frame: Frame, parts: readonly PlannedEntry[]): Value {
  const map = new EntryMap();
  for (const part of parts) {
    const key = part.key.run(frame);
    if (key instanceof CelError) return key;
    const value = part.value.run(frame);
    if (value instanceof CelError) return value;
    if (!isKey(key)) return new CelError(`unsupported key type: ${typeOfValue(key).name}`);
    if (!part.optional) map.set(key, value);
    else if (!(value instanceof CelOptional)) return notOptional(`entry '${String(key)}'`, value);
    else if (value.value === undefined) map.delete(key);
    else map.set(key, value.value);
  }
  return map;
}

/** What a macro gathers in grows in place. What cel.bind binds must not. */
function initial(value: Value, { accuVar }: Comprehension): Value {
  if (accuVar !== op.ACCUMULATOR) return value;
  if (value instanceof ArrayList && value.size === 0) return new GrowingList();
  return value instanceof EntryMap && value.size === 0 ? new GrowingMap() : value;
}
