import type { Issue, Source } from "../source.ts";
import { NO_LOCATION } from "../source.ts";
import type { Value } from "../value/value.ts";
import type { Expr, MapEntry, StructField } from "./expr.ts";
import { ExprFactory } from "./expr-factory.ts";
import type { Token } from "./lexer.ts";
import { tokenize } from "./lexer.ts";
import { literalOf } from "./literal.ts";
import type { Macro } from "./macro.ts";
import { MacroError } from "./macro.ts";
import * as op from "./operators.ts";
import { balance } from "./balance.ts";
import { EXPECTED, RESERVED, SyntaxFault, TooDeep } from "./syntax-fault.ts";

/** An expression as parsed: with `issues`, `expr` stands for nothing. */
interface ParsedExpr {
  readonly expr: Expr;
  /** Node id → offset in code points. */
  readonly offsets: ReadonlyMap<number, number>;
  readonly issues: readonly Issue[];
}

interface ParseOptions {
  readonly macros: readonly Macro[];
  /** Whether `a.?b`, `a[?b]` and `{?a: b}` may be written. */
  readonly optionals: boolean;
}

const MAX_CODE_POINTS = 100_000;
const MAX_RECURSION = 250;

/** Upstream: github.com/google/cel-go/parser/parser.go#Parse */
export function parse(source: Source, options: ParseOptions): ParsedExpr {
  const size = source.points.length;
  if (size > MAX_CODE_POINTS) {
    const message = `expression code point size exceeds limit: size: ${size}, limit ${MAX_CODE_POINTS}`;
    return { expr: { kind: "unspecified", id: 1 }, offsets: new Map(), issues: [{ location: NO_LOCATION, message }] };
  }
  return new Parser(source, options).run();
}

/** The rules of the grammar that may nest; each has a depth of its own. */
type Rule = "expr" | "relation" | "calc" | "member";

class Parser {
  readonly #source: Source;
  readonly #options: ParseOptions;
  readonly #macros = new Map<string, Macro>();
  readonly #factory = new ExprFactory();
  readonly #issues: Issue[] = [];
  readonly #depth: Record<Rule, number> = { expr: 0, relation: 0, calc: 0, member: 0 };
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(source: Source, options: ParseOptions) {
    this.#source = source;
    this.#options = options;
    for (const macro of options.macros) this.#macros.set(macroKey(macro.name, macro.receiver, macro.argCount), macro);
    const { tokens, errors } = tokenize(source);
    this.#tokens = tokens;
    for (const { offset, message } of errors) this.#report(offset, `Syntax error: ${message}`);
  }

  run(): ParsedExpr {
    return { expr: this.#start(), offsets: this.#factory.offsets, issues: this.#issues };
  }

  #start(): Expr {
    try {
      const expr = this.#expr();
      if (this.#peek().kind !== "eof") throw this.#unexpected(EXPECTED.end);
      return expr;
    } catch (error) {
      if (error instanceof TooDeep) this.#issues.push({ location: NO_LOCATION, message: error.message });
      else if (error instanceof SyntaxFault) this.#report(error.offset, `Syntax error: ${error.message}`);
      else throw error;
      return { kind: "unspecified", id: this.#factory.id(0) };
    }
  }

  #expr(): Expr {
    return this.#within("expr", () => {
      const condition = this.#logical(op.LOGICAL_OR);
      const question = this.#accept("?");
      if (!question) return condition;
      const id = this.#factory.id(question.offset);
      const yes = this.#logical(op.LOGICAL_OR);
      this.#expect(":", EXPECTED.colon);
      return this.#call({ id, fn: op.CONDITIONAL, args: [condition, yes, this.#expr()] });
    });
  }

  #logical(fn: typeof op.LOGICAL_OR | typeof op.LOGICAL_AND): Expr {
    const operand = (): Expr => (fn === op.LOGICAL_OR ? this.#logical(op.LOGICAL_AND) : this.#relation());
    const terms = [operand()];
    const ids: number[] = [];
    for (let token; (token = this.#accept(fn === op.LOGICAL_OR ? "||" : "&&"));) {
      terms.push(operand());
      ids.push(this.#factory.id(token.offset));
    }
    return balance(fn, terms, ids);
  }

  #relation(): Expr {
    return this.#binary("relation", op.RELATIONS, () => this.#sum());
  }

  #sum(): Expr {
    return this.#binary("calc", op.SUMS, () => this.#binary("calc", op.PRODUCTS, () => this.#unary()));
  }

  /** Operators of one precedence, from the left. A long chain counts as deep as it is long. */
  #binary(rule: Rule, operators: Readonly<Record<string, string>>, operand: () => Expr): Expr {
    return this.#within(rule, () => {
      let left = operand();
      for (let fn; (fn = operatorOf(operators, this.#peek())) !== undefined;) {
        this.#deepen(rule);
        const id = this.#factory.id(this.#take().offset);
        left = this.#call({ id, fn, args: [left, operand()] });
      }
      return left;
    });
  }

  #unary(): Expr {
    const token = this.#peek();
    if (token.text === "!" && token.kind === "symbol") return this.#prefixed(op.LOGICAL_NOT);
    if (token.text !== "-" || token.kind !== "symbol") return this.#member();
    const number = this.#tokens[this.#next + 1]?.kind;
    return number === "int" || number === "float" ? this.#member() : this.#prefixed(op.NEGATE);
  }

  /** An even number of them is none. */
  #prefixed(fn: typeof op.LOGICAL_NOT | typeof op.NEGATE): Expr {
    const first = this.#take();
    let count = 1;
    while (this.#accept(first.text)) count += 1;
    if (count % 2 === 0) return this.#member();
    const id = this.#factory.id(first.offset);
    return this.#call({ id, fn, args: [this.#member()] });
  }

  #member(): Expr {
    return this.#within("member", () => {
      let operand = this.#primary();
      for (;;) {
        const token = this.#peek();
        if (token.kind !== "symbol" || (token.text !== "." && token.text !== "[")) return operand;
        this.#deepen("member");
        this.#take();
        operand = token.text === "." ? this.#select(operand, token) : this.#index(operand, token);
      }
    });
  }

  #select(operand: Expr, dot: Token): Expr {
    const optional = this.#accept("?");
    const name = this.#fieldName(dot);
    if (optional) return this.#optionalSelect(operand, dot, name);
    const open = this.#accept("(");
    if (!open) return { kind: "select", id: this.#factory.id(dot.offset), operand, field: name.text, testOnly: false };
    const id = this.#factory.id(open.offset);
    return this.#call({ id, fn: name.text, target: operand, args: this.#args() });
  }

  #optionalSelect(operand: Expr, dot: Token, name: Token): Expr {
    if (!this.#options.optionals) return this.#fault(dot.offset, "unsupported syntax '.?'");
    const id = this.#factory.id(dot.offset);
    const field: Expr = { kind: "literal", id: this.#factory.id(name.offset), value: name.text };
    return { kind: "call", id, fn: op.OPT_SELECT, args: [operand, field] };
  }

  #index(target: Expr, open: Token): Expr {
    const optional = this.#accept("?");
    const id = this.#factory.id(open.offset);
    const index = this.#expr();
    this.#expect("]", EXPECTED.bracket);
    if (optional && !this.#options.optionals) return this.#fault(open.offset, "unsupported syntax '[?'");
    return this.#call({ id, fn: optional ? op.OPT_INDEX : op.INDEX, args: [target, index] });
  }

  #primary(): Expr {
    const token = this.#peek();
    if (token.kind === "ident" || (token.text === "." && token.kind === "symbol")) return this.#name();
    if (token.kind !== "symbol") return this.#literal();
    switch (token.text) {
      case "(":
        return this.#nested();
      case "[":
        return this.#list();
      case "{":
        return this.#map();
      case "-":
        return this.#literal();
      default:
        throw this.#unexpected(EXPECTED.operand);
    }
  }

  #nested(): Expr {
    this.#take();
    const expr = this.#expr();
    this.#expect(")", EXPECTED.paren);
    return expr;
  }

  #literal(): Expr {
    const sign = this.#accept("-");
    const token = this.#peek();
    if (token.kind === "eof" || (token.kind === "keyword" && token.text === "in"))
      throw this.#unexpected(EXPECTED.operand);
    this.#take();
    const value = literalOf(token, sign !== undefined);
    const offset = (sign ?? token).offset;
    if (value instanceof SyntaxError) return this.#fault(offset, value.message);
    return { kind: "literal", id: this.#factory.id(offset), value: value as Value };
  }

  #name(): Expr {
    const dot = this.#accept(".");
    const ident = this.#identifier();
    const struct = this.#structName(ident.text);
    if (struct !== undefined) return this.#struct(dot ? `.${struct}` : struct);
    if (RESERVED.has(ident.text)) return this.#fault((dot ?? ident).offset, `reserved identifier: ${ident.text}`);
    const name = dot ? `.${ident.text}` : ident.text;
    const open = this.#accept("(");
    if (!open) return { kind: "ident", id: this.#factory.id(ident.offset), name };
    const id = this.#factory.id(open.offset);
    return this.#call({ id, fn: name, args: this.#args() });
  }

  /** The whole name when a message begins here: a dotted name before "{". Takes the tokens up to it. */
  #structName(first: string): string | undefined {
    let name = first;
    for (let at = this.#next; ; at += 2) {
      const token = this.#tokens[at]!;
      if (token.kind !== "symbol") return undefined;
      if (token.text === "{") {
        this.#next = at;
        return name;
      }
      const part = this.#tokens[at + 1];
      if (token.text !== "." || part?.kind !== "ident") return undefined;
      name += `.${part.text}`;
    }
  }

  #struct(typeName: string): Expr {
    const id = this.#factory.id(this.#take().offset);
    const fields = this.#sequence<StructField>("}", () => {
      const optional = this.#optionalMark();
      const name = this.#fieldName();
      const fieldId = this.#factory.id(this.#expect(":", EXPECTED.colon).offset);
      return { id: fieldId, name: name.text, value: this.#expr(), optional };
    });
    return { kind: "struct", id, typeName, fields };
  }

  #map(): Expr {
    const id = this.#factory.id(this.#take().offset);
    const entries = this.#sequence<MapEntry>("}", () => {
      const optional = this.#optionalMark();
      const at = this.#factory.id(0);
      const key = this.#expr();
      this.#factory.offsets.set(at, this.#expect(":", EXPECTED.colon).offset);
      return { id: at, key, value: this.#expr(), optional };
    });
    return { kind: "map", id, entries };
  }

  #list(): Expr {
    const id = this.#factory.id(this.#take().offset);
    const optional = new Set<number>();
    let index = 0;
    const elements = this.#sequence("]", () => {
      if (this.#optionalMark()) optional.add(index);
      index += 1;
      return this.#expr();
    });
    return { kind: "list", id, elements, optional };
  }

  #optionalMark(): boolean {
    const mark = this.#accept("?");
    if (mark && !this.#options.optionals) this.#fault(mark.offset, "unsupported syntax '?'");
    return mark !== undefined;
  }

  /** Items up to `close`, which is taken; one comma may follow the last. */
  #sequence<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    while (!this.#accept(close)) {
      if (items.length === 0 && this.#accept(",")) {
        this.#expect(close, `'${close}'`);
        return items;
      }
      items.push(item());
      if (!this.#accept(",")) {
        this.#expect(close, EXPECTED.closing(close));
        return items;
      }
      if (this.#peek().kind === "eof") throw this.#unexpected(`'${close}'`);
    }
    return items;
  }

  #args(): Expr[] {
    const args: Expr[] = [];
    if (this.#accept(")")) return args;
    if (this.#peek().kind === "eof") throw this.#unexpected(EXPECTED.argument);
    do args.push(this.#expr());
    while (this.#accept(","));
    this.#expect(")", EXPECTED.closing(")"));
    return args;
  }

  /** A name, or any field's name within back quotes. */
  #fieldName(dot?: Token): Token {
    const token = this.#peek();
    if (token.kind === "escaped") return { ...this.#take(), text: token.text.slice(1, -1) };
    if (!dot || token.kind === "ident" || (token.kind === "keyword" && token.text !== "in")) return this.#identifier();
    const text = token.kind === "eof" ? "" : token.text;
    throw new SyntaxFault(token.offset, `no viable alternative at input '.${text}'`);
  }

  #identifier(): Token {
    const token = this.#peek();
    if (token.kind !== "ident") throw this.#unexpected("IDENTIFIER");
    return this.#take();
  }

  #call(call: { id: number; fn: string; target?: Expr; args: Expr[] }): Expr {
    const { id, fn, target, args } = call;
    const macro = this.#macros.get(macroKey(fn, target !== undefined, args.length));
    return (macro && this.#expand(macro, call)) ?? { kind: "call", id, fn, target, args };
  }

  #expand(macro: Macro, { id, target, args }: { id: number; target?: Expr; args: Expr[] }): Expr | undefined {
    const offset = this.#factory.offsets.get(id)!;
    try {
      return macro.expand({ make: this.#factory.at(offset), target, args });
    } catch (error) {
      if (!(error instanceof MacroError)) throw error;
      return this.#fault(this.#factory.offsets.get(error.at.id) ?? offset, error.message);
    }
  }

  #within<T>(rule: Rule, parse: () => T): T {
    const before = this.#depth[rule];
    this.#deepen(rule);
    const result = parse();
    this.#depth[rule] = before;
    return result;
  }

  #deepen(rule: Rule): void {
    this.#depth[rule] += 1;
    if (this.#depth[rule] > MAX_RECURSION) throw new TooDeep(`expression recursion limit exceeded: ${MAX_RECURSION}`);
  }

  #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  #take(): Token {
    const token = this.#peek();
    if (token.kind !== "eof") this.#next += 1;
    return token;
  }

  #accept(symbol: string): Token | undefined {
    const token = this.#peek();
    return token.kind === "symbol" && token.text === symbol ? this.#take() : undefined;
  }

  #expect(symbol: string, expected: string): Token {
    const token = this.#accept(symbol);
    if (!token) throw this.#unexpected(expected);
    return token;
  }

  #unexpected(expected: string): SyntaxFault {
    const token = this.#peek();
    if (token.kind === "eof" && CLOSING.has(expected))
      return new SyntaxFault(token.offset, `missing ${expected} at '<EOF>'`);
    const after = this.#tokens[this.#next + 1];
    const skipped =
      expected === EXPECTED.end ? after?.kind === "eof" : expected === EXPECTED.operand && startsOperand(after);
    return new SyntaxFault(
      token.offset,
      `${skipped ? "extraneous" : "mismatched"} input '${token.text}' expecting ${expected}`,
    );
  }

  /** Reports what is wrong but does not keep the rest from being read. */
  #fault(offset: number, message: string): Expr {
    this.#report(offset, message);
    return { kind: "unspecified", id: this.#factory.id(offset) };
  }

  #report(offset: number, message: string): void {
    // Where nothing is written, it is wrong before the first column.
    const location = this.#source.text === "" ? { line: 1, column: -1 } : this.#source.locate(offset);
    this.#issues.push({ location, message });
  }
}

/** What may be taken as written where the expression ends. */
const CLOSING = new Set(["')'", "']'", "'}'"]);

function macroKey(name: string, receiver: boolean, argCount: number): string {
  return `${name}:${argCount}:${receiver}`;
}

function startsOperand(token: Token | undefined): boolean {
  if (token === undefined || token.kind === "eof") return false;
  return token.kind === "symbol" ? "([{.-!".includes(token.text) : token.text !== "in";
}

function operatorOf(operators: Readonly<Record<string, string>>, token: Token): string | undefined {
  const isOperator = token.kind === "symbol" || (token.kind === "keyword" && token.text === "in");
  return isOperator && Object.hasOwn(operators, token.text) ? operators[token.text] : undefined;
}
