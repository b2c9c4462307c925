import { goQuote } from "./go-quote.ts";

/** Go's limit on how deep objects and lists may nest. */
export const MAX_DEPTH = 10_000;

/**
 * What Go says is wrong with bytes that are not JSON; undefined when nothing is. Only used once a reader has failed, so
 * it is made for exactness, not for speed. Upstream: go/src/encoding/json/scanner.go
 */
export function findSyntaxError(bytes: Uint8Array, maxDepth = MAX_DEPTH): string | undefined {
  return new SyntaxScanner(bytes, maxDepth).run();
}

class Stop extends Error {}

/** Where Go accepts white space, so that the end of the text is not a wrong character but a missing one. */
const BETWEEN_TOKENS: ReadonlySet<string> = new Set([
  "looking for beginning of value",
  "looking for beginning of object key string",
  "after object key",
  "after object key:value pair",
  "after array element",
  "in string literal",
]);
const DIGIT = /[0-9]/;
const HEX = /[0-9a-fA-F]/;

class SyntaxScanner {
  readonly #bytes: Uint8Array;
  readonly #maxDepth: number;
  /** True for an object, false for a list. */
  readonly #open: boolean[] = [];
  #pos = 0;

  constructor(bytes: Uint8Array, maxDepth: number) {
    this.#bytes = bytes;
    this.#maxDepth = maxDepth;
  }

  run(): string | undefined {
    try {
      for (let wantsValue = true; wantsValue || this.#open.length > 0;)
        wantsValue = wantsValue ? this.#value() : this.#continue();
      this.#space();
      if (this.#pos < this.#bytes.length) this.#fail("after top-level value");
      return undefined;
    } catch (error) {
      if (error instanceof Stop) return error.message;
      throw error;
    }
  }

  #char(): string {
    const byte = this.#bytes[this.#pos];
    return byte === undefined ? "" : String.fromCharCode(byte);
  }

  #space(): void {
    while (" \t\r\n".includes(this.#char()) && this.#char() !== "") this.#pos++;
  }

  #fail(context: string): never {
    if (this.#char() === "" && BETWEEN_TOKENS.has(context)) throw new Stop("unexpected end of JSON input");
    // Inside a token, Go meets the end as a space.
    const char = this.#char() || " ";
    const quoted = char === "'" ? `'\\''` : char === '"' ? `'"'` : `'${goQuote(char).slice(1, -1)}'`;
    throw new Stop(`invalid character ${quoted} ${context}`);
  }

  #push(isObject: boolean): void {
    this.#open.push(isObject);
    if (this.#open.length > this.#maxDepth) this.#fail("exceeded max depth");
  }

  /** One value, or the opening of one: true when the first value inside is next. */
  #value(): boolean {
    this.#space();
    const char = this.#char();
    if (char === "{") return this.#openObject();
    if (char === "[") return this.#openList();
    if (char === '"') this.#string();
    else if (char === "-" || DIGIT.test(char)) this.#number();
    else this.#word({ t: "true", f: "false", n: "null" }[char] ?? this.#fail("looking for beginning of value"));
    return false;
  }

  #openObject(): boolean {
    this.#push(true);
    this.#pos++;
    this.#space();
    return this.#char() === "}" ? this.#close() : this.#key();
  }

  #key(): true {
    this.#space();
    if (this.#char() !== '"') this.#fail("looking for beginning of object key string");
    this.#string();
    this.#space();
    if (this.#char() !== ":") this.#fail("after object key");
    this.#pos++;
    return true;
  }

  #openList(): boolean {
    this.#push(false);
    this.#pos++;
    this.#space();
    return this.#char() === "]" ? this.#close() : true;
  }

  #close(): false {
    this.#open.pop();
    this.#pos++;
    return false;
  }

  /** What follows a value inside an object or list: true when that is another value. */
  #continue(): boolean {
    const isObject = this.#open.at(-1)!;
    this.#space();
    const char = this.#char();
    if (char === (isObject ? "}" : "]")) return this.#close();
    if (char !== ",") this.#fail(isObject ? "after object key:value pair" : "after array element");
    this.#pos++;
    return isObject ? this.#key() : true;
  }

  #word(word: string): void {
    for (const letter of word) {
      if (this.#char() !== letter) this.#fail(`in literal ${word} (expecting '${letter}')`);
      this.#pos++;
    }
  }

  #string(): void {
    for (this.#pos++; this.#char() !== '"'; this.#pos++) {
      const char = this.#char();
      if (char === "" || char < " ") this.#fail("in string literal");
      if (char === "\\") this.#escape();
    }
    this.#pos++;
  }

  #escape(): void {
    this.#pos++;
    const char = this.#char();
    if (char === "" || !'bfnrt\\/"u'.includes(char)) this.#fail("in string escape code");
    if (char !== "u") return;
    for (let i = 0; i < 4; i++) {
      this.#pos++;
      if (!HEX.test(this.#char())) this.#fail("in \\u hexadecimal character escape");
    }
  }

  #number(): void {
    if (this.#char() === "-") this.#pos++;
    if (this.#char() === "0") this.#pos++;
    else this.#digits("in numeric literal");
    if (this.#char() === ".") {
      this.#pos++;
      this.#digits("after decimal point in numeric literal");
    }
    if (this.#char() !== "e" && this.#char() !== "E") return;
    this.#pos++;
    if (this.#char() === "+" || this.#char() === "-") this.#pos++;
    this.#digits("in exponent of numeric literal");
  }

  #digits(context: string): void {
    if (!DIGIT.test(this.#char())) this.#fail(context);
    while (DIGIT.test(this.#char())) this.#pos++;
  }
}
