import type { Call, Comprehension, Expr, ListExpr, MapExpr, Select, StructExpr, StructField } from "../parse/expr.ts";
import { LOGICAL_AND, LOGICAL_OR, OPT_SELECT } from "../parse/operators.ts";
import type { Issue, Location } from "../source.ts";
import { typeOfValue } from "../value/type-of.ts";
import type { FunctionDecl, FunctionTable, Overload } from "./declaration.ts";
import { Scope } from "./scope.ts";
import { mostGeneral, Substitution } from "./substitution.ts";
import type { CelType } from "./type.ts";
import * as t from "./type.ts";
import type { TypeProvider } from "./type-provider.ts";

/** What a name or a call means. */
export interface Reference {
  /** For names: which variable or type. */
  readonly name?: string;
  /** For names of types. */
  readonly type?: CelType;
  /** For calls: the overloads that the arguments fit. */
  readonly overloads?: readonly string[];
}

export interface CheckedExpr {
  /** With qualified names joined: `a.b` may have become one name, `ns.f(x)` a call without target. */
  readonly expr: Expr;
  readonly types: ReadonlyMap<number, CelType>;
  readonly references: ReadonlyMap<number, Reference>;
  readonly issues: readonly Issue[];
}

interface CheckOptions {
  readonly functions: FunctionTable;
  readonly variables: ReadonlyMap<string, CelType>;
  readonly provider: TypeProvider;
  /** Whether numbers of different types may be compared. */
  readonly crossTypeComparisons: boolean;
  locate(id: number): Location;
}

/** Finds the types of an expression and what its names and calls mean. Upstream: github.com/google/cel-go/checker/checker.go#Check */
export function check(expr: Expr, options: CheckOptions): CheckedExpr {
  return new Checker(options).run(expr);
}

class Checker {
  readonly #options: CheckOptions;
  readonly #scope = new Scope();
  readonly #known = new Substitution();
  readonly #types = new Map<number, CelType>();
  readonly #references = new Map<number, Reference>();
  readonly #issues: Issue[] = [];
  #lastTypeVar = -1;

  constructor(options: CheckOptions) {
    this.#options = options;
  }

  run(expr: Expr): CheckedExpr {
    const checked = this.#check(expr);
    for (const [id, type] of this.#types) this.#types.set(id, this.#known.apply(type, true));
    return { expr: checked, types: this.#types, references: this.#references, issues: this.#issues };
  }

  #check(expr: Expr): Expr {
    switch (expr.kind) {
      case "literal":
        return this.#typed(expr, typeOfValue(expr.value));
      case "ident":
        return this.#ident(expr.id, expr.name) ?? this.#undeclared(expr, expr.name);
      case "select":
        return this.#select(expr);
      case "call":
        return expr.fn === OPT_SELECT ? this.#optionalSelect(expr) : this.#call(expr);
      case "comprehension":
        return this.#comprehension(expr);
      case "unspecified":
        return this.#typed(expr, t.ERROR);
      default:
        return this.#aggregate(expr);
    }
  }

  #aggregate(expr: ListExpr | MapExpr | StructExpr): Expr {
    switch (expr.kind) {
      case "list":
        return this.#list(expr);
      case "map":
        return this.#map(expr);
      case "struct":
        return this.#struct(expr);
    }
  }

  #typed<T extends Expr>(expr: T, type: CelType): T {
    this.#types.set(expr.id, type);
    return expr;
  }

  #typeOf(expr: Expr): CelType {
    return this.#types.get(expr.id) ?? t.ERROR;
  }

  #report(id: number, message: string): void {
    this.#issues.push({ location: this.#options.locate(id), message });
  }

  #mismatch(id: number, expected: CelType, found: CelType): void {
    this.#report(id, `expected type '${t.formatType(expected)}' but found '${t.formatType(found)}'`);
  }

  #undeclared(expr: Expr, name: string): Expr {
    this.#report(expr.id, `undeclared reference to '${name}' (in container '')`);
    return this.#typed(expr, t.ERROR);
  }

  /** A variable or type of this name, if there is one. */
  #ident(id: number, name: string): Expr | undefined {
    const absolute = name.startsWith(".");
    const local = absolute ? undefined : this.#scope.find(name);
    if (local) {
      this.#references.set(id, { name });
      return this.#typed({ kind: "ident", id, name }, local);
    }
    return this.#global(id, absolute ? name.slice(1) : name);
  }

  #global(id: number, name: string): Expr | undefined {
    const variable = this.#options.variables.get(name);
    const type = variable ? undefined : this.#options.provider.findType(name);
    if (!variable && !type) return undefined;
    this.#references.set(id, type ? { name, type } : { name });
    // A loop's variable of the same name must not be taken for it.
    const shadowed = this.#scope.find(name) !== undefined;
    return this.#typed({ kind: "ident", id, name: shadowed ? `.${name}` : name }, variable ?? t.typeOf(type!));
  }

  #select(expr: Select): Expr {
    const qualified = qualifiedName(expr);
    if (qualified !== undefined && !this.#scope.find(qualified.split(".", 1)[0]!)) {
      const ident = this.#global(expr.id, qualified.replace(/^\./, ""));
      if (ident) return ident;
    }
    const operand = this.#check(expr.operand);
    const field = this.#field(expr, operand, { field: expr.field, optional: false });
    return this.#typed({ ...expr, operand }, this.#known.apply(expr.testOnly ? t.BOOL : field, false));
  }

  #optionalSelect(expr: Call): Expr {
    const [target, field] = expr.args;
    const operand = this.#check(target!);
    const name = field?.kind === "literal" && typeof field.value === "string" ? field.value : "";
    const type = this.#field(expr, operand, { field: name, optional: true });
    this.#types.set(field!.id, t.STRING);
    this.#references.set(expr.id, { overloads: ["select_optional_field"] });
    return this.#typed({ ...expr, args: [operand, field!] }, this.#known.apply(type, false));
  }

  #field(expr: Expr, operand: Expr, { field, optional }: { field: string; optional: boolean }): CelType {
    const { type, optional: wrapped } = t.unwrapOptional(this.#known.apply(this.#typeOf(operand), false));
    const result = this.#fieldOf(expr, type, field);
    return optional || wrapped ? t.optionalOf(result) : result;
  }

  #fieldOf(expr: Expr, type: CelType, field: string): CelType {
    switch (type.kind) {
      case "map":
        return type.params[1]!;
      case "struct":
        return this.#structField(expr.id, type.name, field);
      case "param":
        this.#known.assignable(t.DYN, type);
        return t.DYN;
      default:
        if (!t.isDynOrError(type))
          this.#report(expr.id, `type '${t.formatType(type)}' does not support field selection`);
        return t.DYN;
    }
  }

  #structField(id: number, struct: string, field: string): CelType {
    const type = this.#options.provider.findField(struct, field);
    if (type) return type;
    const known = this.#options.provider.findType(struct) !== undefined;
    this.#report(id, known ? `undefined field '${field}'` : `unexpected failed resolution of '${struct}'`);
    return t.ERROR;
  }

  #call(expr: Call): Expr {
    const args = expr.args.map((arg) => this.#check(arg));
    if (!expr.target) return this.#resolve({ ...expr, args }, expr.fn);
    const prefix = qualifiedName(expr.target);
    const qualified = prefix === undefined ? undefined : `${prefix}.${expr.fn}`;
    if (qualified !== undefined && this.#options.functions.get(qualified)) {
      return this.#resolve({ ...expr, args, target: undefined, fn: qualified.replace(/^\./, "") }, qualified);
    }
    return this.#resolve({ ...expr, args, target: this.#check(expr.target) }, expr.fn);
  }

  #resolve(call: Call, name: string): Expr {
    const declared = this.#options.functions.get(name);
    if (!declared) return this.#undeclared(call, name);
    const resolved = { ...call, fn: declared.name };
    const args = call.target ? [call.target, ...call.args] : call.args;
    const isLogic = declared.name === LOGICAL_AND || declared.name === LOGICAL_OR;
    const type = isLogic
      ? this.#logic(call, declared)
      : this.#overloads(
          call,
          declared,
          args.map((arg) => this.#typeOf(arg)),
        );
    return this.#typed(resolved, type);
  }

  #logic(call: Call, declared: FunctionDecl): CelType {
    let type = t.BOOL;
    for (const arg of call.args) {
      if (this.#known.assignable(this.#typeOf(arg), t.BOOL)) continue;
      this.#mismatch(arg.id, t.BOOL, this.#typeOf(arg));
      type = t.ERROR;
    }
    if (type !== t.ERROR) this.#references.set(call.id, { overloads: [declared.overloads[0]!.id] });
    return type;
  }

  #overloads(call: Call, declared: FunctionDecl, args: readonly CelType[]): CelType {
    const fitting: string[] = [];
    let result: CelType | undefined;
    for (const overload of this.#candidates(declared, call.target !== undefined)) {
      const fresh = this.#withFreshParams(overload);
      if (!this.#known.assignableAll(args, fresh.args)) continue;
      fitting.push(overload.id);
      result = joinResults(result, this.#known.apply(fresh.result, false));
    }
    if (result) {
      this.#references.set(call.id, { overloads: fitting });
      return result;
    }
    const signature = t.formatSignature(
      args.map((arg) => this.#known.apply(arg, true)),
      call.target !== undefined,
    );
    this.#report(call.id, `found no matching overload for '${declared.name}' applied to '${signature}'`);
    return t.ERROR;
  }

  #candidates(declared: FunctionDecl, isMember: boolean): readonly Overload[] {
    const { crossTypeComparisons } = this.#options;
    return declared.overloads.filter((each) => each.member === isMember && (crossTypeComparisons || !each.crossType));
  }

  #withFreshParams({ args, result, typeParams }: Overload): { args: readonly CelType[]; result: CelType } {
    if (typeParams.length === 0) return { args, result };
    const fresh = new Map(typeParams.map((name) => [name, this.#newTypeVar()]));
    const replace = (type: CelType): CelType => {
      if (type.kind === "param") return fresh.get(type.name)!;
      return type.params.length === 0 ? type : { ...type, params: type.params.map(replace) };
    };
    return { args: args.map(replace), result: replace(result) };
  }

  #list(expr: ListExpr): Expr {
    let joined: CelType | undefined;
    const elements = expr.elements.map((element, i) => {
      const checked = this.#check(element);
      joined = this.#join(joined, this.#entryType(checked, expr.optional.has(i)));
      return checked;
    });
    return this.#typed({ ...expr, elements }, t.listOf(joined ?? this.#newTypeVar()));
  }

  #map(expr: MapExpr): Expr {
    let [keyType, valueType]: (CelType | undefined)[] = [];
    const entries = expr.entries.map((entry) => {
      const key = this.#check(entry.key);
      keyType = this.#join(keyType, this.#typeOf(key));
      const value = this.#check(entry.value);
      valueType = this.#join(valueType, this.#entryType(value, entry.optional));
      return { ...entry, key, value };
    });
    return this.#typed({ ...expr, entries }, t.mapOf(keyType ?? this.#newTypeVar(), valueType ?? this.#newTypeVar()));
  }

  /** The type of a value as its place takes it: of an optional one, what is inside. */
  #entryType(value: Expr, optional: boolean): CelType {
    const type = this.#typeOf(value);
    if (!optional) return type;
    const inner = t.unwrapOptional(type);
    if (!inner.optional && !t.isDyn(type)) this.#mismatch(value.id, t.optionalOf(type), type);
    return inner.type;
  }

  /** Entries of different types are dyn here; whether they may be is for the validation of literals to say. */
  #join(previous: CelType | undefined, current: CelType): CelType {
    if (!previous) return current;
    return this.#known.assignable(previous, current) ? mostGeneral(previous, current) : t.DYN;
  }

  #struct(expr: StructExpr): Expr {
    const name = expr.typeName.replace(/^\./, "");
    const type = this.#options.provider.findType(name);
    if (!type) return this.#undeclared(expr, expr.typeName);
    this.#references.set(expr.id, { name });
    const isStruct = type.kind === "struct";
    if (!isStruct) this.#report(expr.id, `'${type.name}' is not a message type`);
    this.#types.set(expr.id, isStruct ? type : t.ERROR);
    return { ...expr, typeName: name, fields: expr.fields.map((field) => this.#initializer(field, type.name)) };
  }

  #initializer(field: StructField, struct: string): StructField {
    const value = this.#check(field.value);
    const type = this.#structField(field.id, struct, field.name);
    const given = this.#entryType(value, field.optional);
    if (!this.#known.assignable(type, given)) {
      const [expected, found] = [t.formatType(type), t.formatType(given)];
      this.#report(field.id, `expected type of field '${field.name}' is '${expected}' but provided type is '${found}'`);
    }
    return { ...field, value };
  }

  #comprehension(expr: Comprehension): Expr {
    const range = this.#check(expr.range);
    const accuInit = this.#check(expr.accuInit);
    const accuType = this.#typeOf(accuInit);
    const variables = this.#loopVariables(expr, range);
    return this.#scope.within([[expr.accuVar, accuType]], () => {
      const [condition, step] = this.#scope.within(variables, () => [
        this.#checkAs(expr.condition, t.BOOL),
        this.#checkAs(expr.step, accuType),
      ]);
      const result = this.#check(expr.result);
      const checked = { ...expr, range, accuInit, condition: condition!, step: step!, result };
      return this.#typed(checked, this.#known.apply(this.#typeOf(result), false));
    });
  }

  #checkAs(expr: Expr, type: CelType): Expr {
    const checked = this.#check(expr);
    if (!this.#known.assignable(type, this.#typeOf(checked))) this.#mismatch(expr.id, type, this.#typeOf(checked));
    return checked;
  }

  #loopVariables({ iterVar, iterVar2 }: Comprehension, range: Expr): [string, CelType][] {
    const { key, value } = this.#rangeTypes(range, iterVar2 !== undefined);
    return iterVar2 === undefined
      ? [[iterVar, key]]
      : [
          [iterVar, key],
          [iterVar2, value],
        ];
  }

  #rangeTypes(range: Expr, two: boolean): { key: CelType; value: CelType } {
    const type = this.#known.apply(this.#typeOf(range), false);
    if (type.kind === "list") return { key: two ? t.INT : type.params[0]!, value: type.params[0]! };
    if (type.kind === "map") return { key: type.params[0]!, value: type.params[1]! };
    // What may be anything is nothing to go through: upstream wants it to be dynamic.
    if ((t.isDynOrError(type) && type.kind !== "any") || type.kind === "param") {
      this.#known.assignable(t.DYN, type);
      return { key: t.DYN, value: t.DYN };
    }
    const found = t.formatType(type);
    this.#report(
      range.id,
      `expression of type '${found}' cannot be range of a comprehension (must be list, map, or dynamic)`,
    );
    return { key: t.ERROR, value: t.ERROR };
  }

  #newTypeVar(): CelType {
    this.#lastTypeVar += 1;
    return t.paramOf(`_var${this.#lastTypeVar}`);
  }
}

function joinResults(before: CelType | undefined, type: CelType): CelType {
  if (!before || t.isDyn(before) || t.sameType(before, type)) return before ?? type;
  return t.DYN;
}

/** "a.b.c" for selects of a name, undefined for anything else. */
function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === "ident") return expr.name;
  if (expr.kind !== "select" || expr.testOnly) return undefined;
  const prefix = qualifiedName(expr.operand);
  return prefix === undefined ? undefined : `${prefix}.${expr.field}`;
}
