import { fieldErrorText, invalid } from "../errors/field-error.ts";
import { isQualifiedName } from "../validation/formats.ts";
import { BINARY_OPERATORS, newRequirement, type Operator, type Requirement } from "./requirement.ts";
import { SelectorError } from "./selector-error.ts";

type TokenType =
  | "identifier"
  | "end"
  | "error"
  | ")"
  | ","
  | "!"
  | "=="
  | "="
  | ">"
  | "in"
  | "<"
  | "!="
  | "notin"
  | "(";

interface Token {
  readonly type: TokenType;
  readonly text: string;
}

const SYMBOLS: ReadonlySet<string> = new Set([")", ",", "!", "==", "=", ">", "<", "!=", "("]);
const OPERATORS: Partial<Record<TokenType, Operator>> = {
  in: "in",
  notin: "notin",
  "=": "=",
  "==": "==",
  "!=": "!=",
  ">": "gt",
  "<": "lt",
};

/** The conditions of a selector's text. @throws {SelectorError}. Upstream: apimachinery/pkg/labels/selector.go#Parser */
export function parseRequirements(text: string): Requirement[] {
  return new Parser(text).parse();
}

function* tokenize(text: string): Generator<Token> {
  for (const [part] of text.matchAll(/[=!(),<>]+|[^\s=!(),<>]+/g)) {
    if (!/^[=!(),<>]/.test(part)) yield { type: part === "in" || part === "notin" ? part : "identifier", text: part };
    else yield* symbols(part);
  }
  yield { type: "end", text: "" };
}

/** The longest symbols, from the left. */
function* symbols(run: string): Generator<Token> {
  for (let at = 0; at < run.length;) {
    const length = SYMBOLS.has(run.slice(at, at + 2)) && run.length > at + 1 ? 2 : 1;
    const symbol = run.slice(at, at + length);
    yield { type: symbol as TokenType, text: symbol };
    at += length;
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = [...tokenize(text)];
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const { type, text } = this.#peek();
      if (type === "end") return requirements;
      if (type !== "identifier" && type !== "!")
        throw new SelectorError(`found '${text}', expected: !, identifier, or 'end of string'`);
      requirements.push(this.#wrapped());
      if (!this.#hasMore()) return requirements;
    }
  }

  #wrapped(): Requirement {
    try {
      return this.#requirement();
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      throw new SelectorError(`unable to parse requirement: ${error.message}`, { cause: error });
    }
  }

  #hasMore(): boolean {
    const { type, text } = this.#take();
    if (type === "end") return false;
    if (type !== ",") throw new SelectorError(`found '${text}', expected: ',' or 'end of string'`);
    const next = this.#peek();
    if (next.type !== "identifier" && next.type !== "!")
      throw new SelectorError(`found '${next.text}', expected: identifier after ','`);
    return true;
  }

  /** Where a value may stand, "in" and "notin" are values. */
  #peek(): Token {
    const token = this.#tokens[this.#at] ?? { type: "end", text: "" };
    return token.type === "in" || token.type === "notin" ? { type: "identifier", text: token.text } : token;
  }

  #take(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  #requirement(): Requirement {
    let token = this.#take();
    const isNegated = token.type === "!";
    if (isNegated) token = this.#take();
    if (token.type !== "identifier") throw new SelectorError(`found '${token.text}', expected: identifier`);
    const key = token.text;
    const problems = isQualifiedName(key);
    if (problems.length > 0) throw new SelectorError(fieldErrorText(invalid("<nil>", key, problems.join("; "))));
    if (isNegated) return newRequirement(key, "!", []);
    const next = this.#peek().type;
    if (next === "end" || next === ",") return newRequirement(key, "exists", []);
    const operator = this.#operator();
    const values = operator === "in" || operator === "notin" ? this.#set() : [this.#exact()];
    return newRequirement(key, operator, [...new Set(values)].sort());
  }

  #operator(): Operator {
    const token = this.#tokens[this.#at++]!;
    const operator = OPERATORS[token.type];
    if (operator === undefined)
      throw new SelectorError(`found '${token.text}', expected: ${BINARY_OPERATORS.join(", ")}`);
    return operator;
  }

  #exact(): string {
    const { type, text } = this.#peek();
    if (type === "end" || type === ",") return "";
    this.#at++;
    if (type !== "identifier") throw new SelectorError(`found '${text}', expected: identifier`);
    return text;
  }

  #set(): string[] {
    const open = this.#take();
    if (open.type !== "(") throw new SelectorError(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (first.type === ")") {
      this.#at++;
      return [""];
    }
    if (first.type !== "identifier" && first.type !== ",")
      throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`);
    const values = this.#list();
    if (this.#take().type !== ")") throw new SelectorError(`found '${first.text}', expected: ')'`);
    return values;
  }

  /** Values may be missing between commas: that is the empty value. */
  #list(): string[] {
    const values: string[] = [];
    for (;;) {
      const { type, text } = this.#take();
      const next = this.#peek();
      if (type === "identifier") {
        values.push(text);
        if (next.type === ")") return values;
        if (next.type !== ",") throw new SelectorError(`found '${next.text}', expected: ',' or ')'`);
      } else if (type === ",") {
        if (values.length === 0 || next.type === ")" || next.type === ",") values.push("");
        if (next.type === ")") return values;
      } else {
        throw new SelectorError(`found '${text}', expected: ',', or identifier`);
      }
    }
  }
}
