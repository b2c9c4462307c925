import { MAP_ENTRY, UNLIMITED, type DecodeBudget } from "./decode-budget.ts";
import { INT64_DIGITS } from "./json-int.ts";
import { MAX_DEPTH } from "./json-syntax.ts";
import { stringPool } from "./string-pool.ts";
import { readText } from "./utf8.ts";

/** The text is not JSON. Which words to say about it, `findSyntaxError` knows. */
export class NotJson extends Error {
  override name = "NotJson";
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
/** Shorter strings are copied by `slice`; a longer slice would keep the whole request's text alive. */
const ALWAYS_COPIED = 13;
const SAFE_DIGITS = 15;
/** Of a number's digits. */
const MAX_SHOWN = 16 * 1024;
const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** Told of an object's key that came before; the path is where the object is. */
type OnDuplicate = (path: readonly (string | number)[], key: string) => void;

/** Reads JSON tokens and values from text, one after the other. */
export class JsonReader {
  readonly text: string;
  maxDepth: number;
  pos = 0;
  depth = 0;
  readonly #ascii: Buffer | undefined;
  readonly #budget: DecodeBudget;

  constructor(bytes: Uint8Array, maxDepth = MAX_DEPTH, budget = UNLIMITED) {
    this.#budget = budget;
    const { text, ascii } = readText(bytes);
    this.text = text;
    this.#ascii = ascii;
    this.maxDepth = maxDepth;
  }

  /** The next character's code after white space; NaN at the end. */
  peek(): number {
    const { text } = this;
    let code = text.charCodeAt(this.pos);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++this.pos);
    return code;
  }

  expect(code: number): void {
    if (this.peek() !== code) throw new NotJson();
    this.pos++;
  }

  enter(): void {
    this.pos++;
    if (++this.depth > this.maxDepth) throw new NotJson();
  }

  leave(): void {
    this.pos++;
    this.depth--;
  }

  /** After an item: true when another follows; leaves the object or list when none does. */
  more(close: number): boolean {
    const code = this.peek();
    if (code === COMMA) {
      this.pos++;
      return true;
    }
    if (code !== close) throw new NotJson();
    this.leave();
    return false;
  }

  /** Nothing but white space may follow. */
  end(): void {
    if (!Number.isNaN(this.peek())) throw new NotJson();
  }

  /** The offset of the closing quote of a string that starts at `pos`, or -1 - offset of the first character that needs more than a copy. */
  scanString(): number {
    const { text } = this;
    let i = this.pos + 1;
    for (;;) {
      const code = text.charCodeAt(i);
      if (code === QUOTE) return i;
      if (code === BACKSLASH || !(code >= 0x20)) return -1 - i;
      i++;
    }
  }

  string(): string {
    const end = this.scanString();
    if (end < 0) return this.#escapedString(-1 - end);
    const start = this.pos + 1;
    this.pos = end + 1;
    const slice = this.text.slice(start, end);
    return end - start < ALWAYS_COPIED ? slice : stringPool.intern(slice, () => this.copy(start, end));
  }

  /** A part of the text that does not keep the rest alive. */
  copy(start: number, end: number): string {
    return this.#ascii?.toString("latin1", start, end) ?? Buffer.from(this.text.slice(start, end)).toString("utf8");
  }

  /** Behind the object that starts at `pos`, by its braces alone; -1 when there is none. */
  objectEnd(): number {
    const { text } = this;
    let depth = 0;
    for (let i = this.pos; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === OPEN_OBJECT) depth++;
      else if (code === CLOSE_OBJECT && --depth === 0) return i + 1;
      else if (code === QUOTE) i = closingQuote(text, i);
      if (depth === 0) return -1;
    }
    return -1;
  }

  #escapedString(from: number): string {
    const { text } = this;
    let out = text.slice(this.pos + 1, from);
    let i = from;
    for (;;) {
      const code = text.charCodeAt(i);
      if (code === QUOTE) break;
      if (!(code >= 0x20)) throw new NotJson();
      if (code === BACKSLASH) {
        const escape = this.#escape(i);
        out += escape.text;
        i += escape.length;
      } else {
        out += text[i++];
      }
    }
    this.pos = i + 1;
    return out.toWellFormed();
  }

  #escape(at: number): { text: string; length: number } {
    const letter = this.text[at + 1] ?? "";
    const short = ESCAPES[letter];
    if (short !== undefined) return { text: short, length: 2 };
    if (letter === '"' || letter === "\\" || letter === "/") return { text: letter, length: 2 };
    const hex = this.text.slice(at + 2, at + 6);
    if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(hex)) throw new NotJson();
    return { text: String.fromCharCode(Number.parseInt(hex, 16)), length: 6 };
  }

  key(): string {
    if (this.peek() !== QUOTE) throw new NotJson();
    const key = this.string();
    this.expect(COLON);
    return key;
  }

  /** Passes over true, false or null, which starts at `pos`. */
  word(word: string): void {
    if (!this.text.startsWith(word, this.pos)) throw new NotJson();
    this.pos += word.length;
  }

  /** Passes over a number; its text. */
  number(): string {
    const start = this.pos;
    const { text } = this;
    let i = text.charCodeAt(start) === MINUS ? start + 1 : start;
    i = text.charCodeAt(i) === ZERO ? i + 1 : this.#digits(i);
    if (text[i] === ".") i = this.#digits(i + 1);
    if (text[i] === "e" || text[i] === "E") {
      const sign = text[i + 1];
      i = this.#digits(sign === "+" || sign === "-" ? i + 2 : i + 1);
    }
    this.pos = i;
    return text.slice(start, i);
  }

  #digits(at: number): number {
    let i = at;
    for (let code = this.text.charCodeAt(i); code >= ZERO && code <= NINE; code = this.text.charCodeAt(i)) i++;
    if (i === at) throw new NotJson();
    return i;
  }

  /** Any value, as Go decodes into an interface: iterative, so that depth costs no stack. */
  value(onDuplicate?: OnDuplicate): unknown {
    const frames: Frame[] = [];
    for (;;) {
      this.#budget.spend(frames.at(-1)?.object === undefined ? 1 : MAP_ENTRY);
      let value = this.#open(frames);
      while (value !== OPENED) {
        const frame = frames.at(-1);
        if (frame === undefined) return value;
        value = this.#place(frames, frame, value, onDuplicate);
      }
    }
  }

  /** Puts a value where it belongs; the container when that was its last one, or OPENED at the next one's place. */
  #place(frames: Frame[], frame: Frame, value: unknown, onDuplicate: OnDuplicate | undefined): unknown {
    put(frame, value);
    if (this.more(frame.list === undefined ? CLOSE_OBJECT : CLOSE_LIST)) {
      if (frame.object !== undefined) this.#nextKey(frames, onDuplicate);
      return OPENED;
    }
    frames.pop();
    return frame.list ?? frame.object;
  }

  /** A scalar or an empty container; or OPENED, once the first item's place is reached. */
  #open(frames: Frame[]): unknown {
    const code = this.peek();
    if (code === OPEN_OBJECT) {
      this.enter();
      const object: Record<string, unknown> = {};
      if (this.peek() === CLOSE_OBJECT) {
        this.leave();
        return object;
      }
      frames.push({ object, list: undefined, key: this.key() });
      return OPENED;
    }
    if (code !== OPEN_LIST) return this.scalar(code);
    this.enter();
    const list: unknown[] = [];
    if (this.peek() === CLOSE_LIST) {
      this.leave();
      return list;
    }
    frames.push({ object: undefined, list, key: "" });
    return OPENED;
  }

  #nextKey(frames: Frame[], onDuplicate: OnDuplicate | undefined): void {
    const frame = frames.at(-1)!;
    frame.key = this.key();
    if (onDuplicate === undefined || !Object.hasOwn(frame.object!, frame.key)) return;
    const path = frames.slice(0, -1).map((outer) => outer.list?.length ?? outer.key);
    onDuplicate(path, frame.key);
  }

  scalar(code: number): unknown {
    switch (code) {
      case QUOTE:
        return this.string();
      case 0x74:
        this.word("true");
        return true;
      case 0x66:
        this.word("false");
        return false;
      case 0x6e:
        this.word("null");
        return null;
      default:
        return numberOf(this.number());
    }
  }
}

function closingQuote(text: string, open: number): number {
  for (let i = open + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i;
    if (code === BACKSLASH) i++;
  }
  return text.length;
}

interface Frame {
  readonly object: Record<string, unknown> | undefined;
  readonly list: unknown[] | undefined;
  key: string;
}

const OPENED = Symbol("opened");

function put(frame: Frame, value: unknown): void {
  if (frame.list !== undefined) frame.list.push(value);
  else setOwn(frame.object!, frame.key, value);
}

/** Assigns a property that may have any name, "__proto__" too. */
export function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  else object[key] = value;
}

/** A number as Go's "preserve integers" reads it: an int64 where it is one, else a float64. */
export function numberOf(literal: string): number | bigint {
  if (literal.length > SAFE_DIGITS && literal.length <= INT64_DIGITS && /^-?\d+$/.test(literal)) {
    const big = BigInt(literal);
    if (big >= MIN_INT64 && big <= MAX_INT64) return Number.isSafeInteger(Number(big)) ? Number(big) : big;
  }
  const value = Number(literal);
  if (!Number.isFinite(value)) throw new FloatOverflow(literal);
  return value === 0 ? 0 : value;
}

/** A number beyond float64: well-formed, so not a syntax error. */
export class FloatOverflow extends Error {
  override name = "FloatOverflow";
  readonly literal: string;

  constructor(literal: string) {
    const shown = literal.length > MAX_SHOWN ? `${literal.slice(0, MAX_SHOWN)}...` : literal;
    super(`json: cannot unmarshal number ${shown} into Go value of type float64`);
    this.literal = literal;
  }
}
