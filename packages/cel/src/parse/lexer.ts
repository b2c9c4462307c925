import type { Source } from "../source.ts";
import { brokenString, matchString } from "./string-token.ts";

export type TokenKind =
  | "int"
  | "uint"
  | "float"
  | "string"
  | "bytes"
  | "ident"
  | "escaped"
  | "symbol"
  | "keyword"
  | "eof";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** In code points. */
  readonly offset: number;
}

interface LexError {
  readonly offset: number;
  readonly message: string;
}

const KEYWORDS = new Set(["in", "true", "false", "null"]);
const SYMBOLS = ["==", "!=", "<=", ">=", "&&", "||", ..."<>[]{}().,-!?:+*/%"];
const SPACE = /[\t \r\n\f]/;
const NUMBERS: readonly { kind: TokenKind; pattern: RegExp }[] = [
  { kind: "float", pattern: /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/y },
  { kind: "uint", pattern: /(?:0x[0-9a-fA-F]+|\d+)[uU]/y },
  { kind: "int", pattern: /0x[0-9a-fA-F]+|\d+/y },
];
const IDENT = /[A-Za-z_][A-Za-z0-9_]*/y;
const ESCAPED = /`[A-Za-z0-9_./ -]+`/y;

/** Cuts an expression into tokens; what cannot be one is reported and skipped, as ANTLR does. */
export function tokenize(source: Source): { tokens: Token[]; errors: LexError[] } {
  return new Lexer(source).run();
}

class Lexer {
  readonly #source: Source;
  readonly #tokens: Token[] = [];
  readonly #errors: LexError[] = [];
  /** In code points, and in the units of JavaScript's strings. */
  #offset = 0;
  #unit = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  run(): { tokens: Token[]; errors: LexError[] } {
    const { points } = this.#source;
    while (this.#offset < points.length) {
      if (this.#skipBlank()) continue;
      const token = this.#token();
      if (token) this.#push(token.kind, token.text);
      else this.#unknown();
    }
    this.#tokens.push({ kind: "eof", text: "<EOF>", offset: this.#offset });
    return { tokens: this.#tokens, errors: this.#errors };
  }

  #skipBlank(): boolean {
    const { text } = this.#source;
    if (SPACE.test(text[this.#unit]!)) {
      this.#advance(text[this.#unit]!);
      return true;
    }
    if (!text.startsWith("//", this.#unit)) return false;
    const end = text.indexOf("\n", this.#unit);
    this.#advance(text.slice(this.#unit, end < 0 ? undefined : end));
    return true;
  }

  #token(): { kind: TokenKind; text: string } | undefined {
    return this.#string() ?? this.#number() ?? this.#word() ?? this.#symbol();
  }

  #string(): { kind: TokenKind; text: string } | undefined {
    const match = matchString(this.#source.text, this.#unit);
    return match && { kind: match.bytes ? "bytes" : "string", text: match.text };
  }

  /** The longest wins, as with any lexer; of equals the first. */
  #number(): { kind: TokenKind; text: string } | undefined {
    let best: { kind: TokenKind; text: string } | undefined;
    for (const { kind, pattern } of NUMBERS) {
      const text = this.#match(pattern);
      if (text !== undefined && text.length > (best?.text.length ?? 0)) best = { kind, text };
    }
    return best;
  }

  #word(): { kind: TokenKind; text: string } | undefined {
    const escaped = this.#match(ESCAPED);
    if (escaped !== undefined) return { kind: "escaped", text: escaped };
    const text = this.#match(IDENT);
    return text === undefined ? undefined : { kind: KEYWORDS.has(text) ? "keyword" : "ident", text };
  }

  #symbol(): { kind: TokenKind; text: string } | undefined {
    const text = SYMBOLS.find((symbol) => this.#source.text.startsWith(symbol, this.#unit));
    return text === undefined ? undefined : { kind: "symbol", text };
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#unit;
    return pattern.exec(this.#source.text)?.[0];
  }

  #push(kind: TokenKind, text: string): void {
    this.#tokens.push({ kind, text, offset: this.#offset });
    this.#advance(text);
  }

  #unknown(): void {
    const { text } = this.#source;
    const bad = brokenString(text, this.#unit) ?? this.#brokenSymbol();
    this.#errors.push({ offset: this.#offset, message: `token recognition error at: '${bad}'` });
    this.#advance(bad);
  }

  /** Half of a symbol takes what stands in the place of its other half along. */
  #brokenSymbol(): string {
    const [point, next = ""] = this.#source.points.slice(this.#offset, this.#offset + 2);
    return "=&|".includes(point!) ? point! + next : point!;
  }

  #advance(text: string): void {
    this.#unit += text.length;
    this.#offset += /[\ud800-\udfff]/.test(text) ? Array.from(text).length : text.length;
  }
}
