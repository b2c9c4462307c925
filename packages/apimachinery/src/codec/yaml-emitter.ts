const BEST_WIDTH = 80;
const INDENT = 2;
const LONGEST_SIMPLE_KEY = 128;

type Style = "plain" | "single" | "double" | "literal";

interface Analysis {
  readonly isMultiline: boolean;
  readonly allowsPlain: boolean;
  readonly allowsSingle: boolean;
  readonly allowsBlock: boolean;
}

/**
 * Writes YAML event by event, with libyaml's rules for quoting, folding and indentation.
 * Upstream: go.yaml.in/yaml/v2/emitterc.go
 */
export class YamlEmitter {
  readonly #out: string[] = [];
  readonly #indents: number[] = [];
  #indent = -1;
  #column = 0;
  /** The last character was a space, or the line is empty. */
  #whitespace = true;
  /** Nothing but indentation and "-" or "?" stands on the line. */
  #indention = true;
  #inMapping = false;
  #inSimpleKey = false;

  finish(): string {
    this.#writeIndent();
    return this.#out.join("");
  }

  startMap(): void {
    this.#increaseIndent(false, false);
  }

  startList(): void {
    this.#increaseIndent(false, this.#inMapping && !this.#indention);
  }

  end(): void {
    this.#indent = this.#indents.pop()!;
  }

  item(): void {
    this.#writeIndent();
    this.#indicator("-", true, true);
    this.#inMapping = false;
  }

  key(text: string, style: Style): void {
    this.#writeIndent();
    this.#inMapping = true;
    const isSimple = Buffer.byteLength(text) <= LONGEST_SIMPLE_KEY && !analyze(text).isMultiline;
    if (!isSimple) this.#indicator("?", true, true);
    this.#inSimpleKey = isSimple;
    this.scalar(text, style);
    this.#inSimpleKey = false;
    if (isSimple) return this.#indicator(":", false, false);
    this.#writeIndent();
    this.#indicator(":", true, true);
  }

  empty(text: "[]" | "{}"): void {
    this.#indicator(text, true, false);
  }

  scalar(text: string, style: Style): void {
    const chars = [...text];
    this.#increaseIndent(true, false);
    switch (this.#selectStyle(text, style)) {
      case "plain":
        this.#plain(chars);
        break;
      case "single":
        this.#singleQuoted(chars);
        break;
      case "double":
        this.#doubleQuoted(chars);
        break;
      case "literal":
        this.#literal(chars);
    }
    this.end();
  }

  #selectStyle(text: string, wanted: Style): Style {
    const { isMultiline, allowsPlain, allowsSingle, allowsBlock } = analyze(text);
    let style = this.#inSimpleKey && isMultiline ? "double" : wanted;
    if (style === "plain" && (!allowsPlain || (text === "" && this.#inSimpleKey))) style = "single";
    if (style === "single" && !allowsSingle) return "double";
    return style === "literal" && (!allowsBlock || this.#inSimpleKey) ? "double" : style;
  }

  #increaseIndent(isFlow: boolean, isIndentless: boolean): void {
    this.#indents.push(this.#indent);
    if (this.#indent < 0) this.#indent = isFlow ? INDENT : 0;
    else if (!isIndentless) this.#indent += INDENT;
  }

  #put(text: string): void {
    this.#out.push(text);
    this.#column += text.length;
  }

  /** One character; a line break starts a line. */
  #write(char: string): void {
    this.#out.push(char);
    this.#column = isBreak(char) ? 0 : this.#column + 1;
  }

  #writeIndent(): void {
    const indent = Math.max(this.#indent, 0);
    if (!this.#indention || this.#column > indent || (this.#column === indent && !this.#whitespace)) this.#write("\n");
    if (this.#column < indent) this.#put(" ".repeat(indent - this.#column));
    this.#whitespace = true;
    this.#indention = true;
  }

  #indicator(text: string, needsSpace: boolean, isIndention: boolean): void {
    if (needsSpace && !this.#whitespace) this.#put(" ");
    this.#put(text);
    this.#whitespace = false;
    this.#indention &&= isIndention;
  }

  #plain(chars: readonly string[]): void {
    if (!this.#whitespace) this.#put(" ");
    this.#folded(chars, () => true);
    this.#whitespace = false;
    this.#indention = false;
  }

  #singleQuoted(chars: readonly string[]): void {
    this.#indicator("'", true, false);
    this.#folded(chars, (i) => i > 0 && i < chars.length - 1);
    this.#indicator("'", false, false);
    this.#whitespace = false;
    this.#indention = false;
  }

  /** Text that breaks at single spaces beyond the width, where `mayBreak`; a quote in it is doubled. */
  #folded(chars: readonly string[], mayBreak: (i: number) => boolean): void {
    const isQuoted = this.#out.at(-1) === "'";
    let inSpaces = false;
    let inBreaks = false;
    for (const [i, char] of chars.entries()) {
      if (char === " ") {
        const isBreak =
          !this.#inSimpleKey && !inSpaces && this.#column > BEST_WIDTH && mayBreak(i) && chars[i + 1] !== " ";
        if (isBreak) this.#writeIndent();
        else this.#write(char);
        inSpaces = true;
      } else if (isBreak(char)) {
        if (!inBreaks && char === "\n") this.#write("\n");
        this.#write(char);
        this.#indention = true;
        inBreaks = true;
      } else {
        if (inBreaks) this.#writeIndent();
        if (char === "'" && isQuoted) this.#put("'");
        this.#write(char);
        this.#indention = false;
        inSpaces = false;
        inBreaks = false;
      }
    }
  }

  #doubleQuoted(chars: readonly string[]): void {
    this.#indicator('"', true, false);
    let inSpaces = false;
    // Upstream looks for a byte order mark at the start only, and then escapes all that follows.
    const escapesAll = chars[0] === "\ufeff";
    for (const [i, char] of chars.entries()) {
      const isSpace = char === " " && !escapesAll;
      if (isSpace && !inSpaces && !this.#inSimpleKey && this.#column > BEST_WIDTH && i > 0 && i < chars.length - 1) {
        this.#writeIndent();
        if (chars[i + 1] === " ") this.#put("\\");
      } else if (isSpace) {
        this.#write(char);
      } else {
        this.#put(escapesAll || needsEscape(char) ? escape(char) : char);
      }
      inSpaces = isSpace;
    }
    this.#indicator('"', false, false);
    this.#whitespace = false;
    this.#indention = false;
  }

  #literal(chars: readonly string[]): void {
    this.#indicator("|", true, false);
    if (chars[0] === " " || isBreak(chars[0]!)) this.#indicator(String(INDENT), false, false);
    const isLast = (n: number): boolean => isBreak(chars.at(-n) ?? "\n");
    if (!isLast(1)) this.#indicator("-", false, false);
    else if (isLast(2)) this.#indicator("+", false, false);
    this.#write("\n");
    this.#indention = true;
    this.#whitespace = true;
    let atLineStart = true;
    for (const char of chars) {
      if (atLineStart && !isBreak(char)) this.#writeIndent();
      this.#write(char);
      atLineStart = isBreak(char);
      this.#indention = atLineStart;
    }
  }
}

const BREAKS: ReadonlySet<string> = new Set(["\n", "\r", "\u0085", "\u2028", "\u2029"]);
const isBreak = (char: string): boolean => BREAKS.has(char);

/** What YAML 1.1 may hold unescaped, less the characters beyond the basic plane, which upstream escapes. */
const isPrintable = (char: string): boolean => /^[\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/.test(char);

const needsEscape = (char: string): boolean => !isPrintable(char) || isBreak(char) || char === '"' || char === "\\";

const ESCAPES: Readonly<Record<string, string>> = {
  "\0": "0",
  "\x07": "a",
  "\b": "b",
  "\t": "t",
  "\n": "n",
  "\v": "v",
  "\f": "f",
  "\r": "r",
  "\x1b": "e",
  '"': '"',
  "\\": "\\",
  "\u0085": "N",
  "\u00a0": "_",
  "\u2028": "L",
  "\u2029": "P",
};

function escape(char: string): string {
  const short = ESCAPES[char];
  if (short !== undefined) return `\\${short}`;
  const code = char.codePointAt(0)!;
  const [letter, width] = code <= 0xff ? ["x", 2] : code <= 0xffff ? ["u", 4] : ["U", 8];
  return `\\${letter}${code.toString(16).toUpperCase().padStart(Number(width), "0")}`;
}

/** Which styles may hold a text outside flow collections. */
function analyze(text: string): Analysis {
  if (text === "") return { isMultiline: false, allowsPlain: true, allowsSingle: true, allowsBlock: false };
  const chars = [...text];
  const isMultiline = chars.some(isBreak);
  const isSpecial = !chars.every(isPrintable);
  const edge = (char: string): boolean => char === " " || isBreak(char);
  const hasEdge = edge(chars[0]!) || edge(chars.at(-1)!);
  const breakThenSpace = /[\n\r\u0085\u2028\u2029] /.test(text);
  const spaceThenBreak = / [\n\r\u0085\u2028\u2029]/.test(text);
  return {
    isMultiline,
    allowsPlain: !isMultiline && !isSpecial && !hasEdge && !hasIndicator(text),
    allowsSingle: !breakThenSpace && !spaceThenBreak && !isSpecial,
    allowsBlock: !spaceThenBreak && !isSpecial && chars.at(-1) !== " ",
  };
}

/** What a plain scalar may not begin with, or hold. */
function hasIndicator(text: string): boolean {
  return /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:-](?:[ \t]|$))|:(?:[ \t]|$)|[ \t\n\r\u0085\u2028\u2029]#/.test(text);
}
