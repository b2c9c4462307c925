/** Keywords after which a slash begins a regular expression, not a division. */
const BEFORE_REGEX = /(?:^|[^\w$.])(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield|instanceof)$/;
const ESCAPED = /\\[^]/y;

/**
 * The source with comments, and where asked strings and regular expressions, blanked out: what is left stands at the
 * same offset and line. Template literals keep their expressions.
 * @param {string} source
 * @param {{ strings?: boolean }} [options] `strings`: blank the contents of strings too.
 */
export function blank(source, { strings = false } = {}) {
  return new Blanker(source, strings).run();
}

class Blanker {
  #source;
  #strings;
  /** UTF-16 units, so that offsets stay. */
  #out;
  #at = 0;
  /** The last code before `#at`, to tell a regular expression from a division. */
  #before = "";
  /** One number per open template expression: the braces that are open inside it. */
  #templates = [];

  constructor(source, strings) {
    this.#source = source;
    this.#strings = strings;
    this.#out = source.split("");
  }

  run() {
    while (this.#at < this.#source.length) {
      if (!this.#comment() && !this.#literal() && !this.#template()) this.#code();
    }
    return this.#out.join("");
  }

  #comment() {
    const two = this.#source.slice(this.#at, this.#at + 2);
    if (two !== "//" && two !== "/*" && !(this.#at === 0 && two === "#!")) return false;
    const end = two === "/*" ? endOf(this.#source, "*/", this.#at + 2) + 2 : endOf(this.#source, "\n", this.#at);
    this.#wipe(this.#at, end);
    this.#at = Math.min(end, this.#source.length);
    return true;
  }

  #literal() {
    const char = this.#source[this.#at];
    if (char === '"' || char === "'") return this.#skip(endOfQuoted(this.#source, this.#at, char));
    if (char === "/" && beginsRegex(this.#before)) return this.#skip(endOfRegex(this.#source, this.#at));
    return false;
  }

  #template() {
    const char = this.#source[this.#at];
    if (char !== "`" && !(char === "}" && this.#templates.at(-1) === 0)) return false;
    if (char === "}") this.#templates.pop();
    const { end, opens } = endOfTemplatePart(this.#source, this.#at + 1);
    if (this.#strings) this.#wipe(this.#at + 1, opens ? end - 2 : end - 1);
    if (opens) this.#templates.push(0);
    this.#at = end;
    this.#before = opens ? "{" : '"';
    return true;
  }

  #code() {
    const char = this.#source[this.#at++];
    const depth = this.#templates.length - 1;
    if (depth >= 0 && char === "{") this.#templates[depth]++;
    if (depth >= 0 && char === "}") this.#templates[depth]--;
    if (!/\s/.test(char)) this.#before = (this.#before + char).slice(-16);
    else if (/[\w$]$/.test(this.#before)) this.#before += " ";
  }

  #skip(end) {
    if (this.#strings) this.#wipe(this.#at + 1, end - 1);
    this.#at = end;
    this.#before = '"';
    return true;
  }

  #wipe(from, to) {
    for (let i = from; i < Math.min(to, this.#out.length); i++) if (this.#out[i] !== "\n") this.#out[i] = " ";
  }
}

function beginsRegex(significant) {
  const before = significant.trimEnd();
  if (before === "" || BEFORE_REGEX.test(before)) return true;
  return !/[\w$)\]}"]$/.test(before);
}

function endOf(source, text, from) {
  const at = source.indexOf(text, from);
  return at < 0 ? source.length : at;
}

function skipEscape(source, at) {
  ESCAPED.lastIndex = at;
  return ESCAPED.test(source) ? at + 2 : at + 1;
}

function endOfQuoted(source, from, quote) {
  for (let at = from + 1; at < source.length; at = skipEscape(source, at)) {
    if (source[at] === quote || source[at] === "\n") return at + 1;
  }
  return source.length;
}

function endOfRegex(source, from) {
  let inClass = false;
  for (let at = from + 1; at < source.length; at = skipEscape(source, at)) {
    const char = source[at];
    if (char === "\n") return at;
    if (char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if (char === "/" && !inClass) return at + 1;
  }
  return source.length;
}

function endOfTemplatePart(source, from) {
  for (let at = from; at < source.length; at = skipEscape(source, at)) {
    if (source[at] === "`") return { end: at + 1, opens: false };
    if (source.startsWith("${", at)) return { end: at + 2, opens: true };
  }
  return { end: source.length, opens: false };
}

/** Line number, from 1, of an offset. */
export function lineAt(source, offset) {
  let line = 1;
  for (let at = source.indexOf("\n"); at >= 0 && at < offset; at = source.indexOf("\n", at + 1)) line++;
  return line;
}

// They are matched where strings are blank, so that no string's text looks like an import; `d` tells where the string is.
const STATIC = /\b(?:import|export)\b(\s+type\b)?(?:[\s\w$*{},])*?\bfrom\s*(["'] +["'])/dg;
const BARE = /\bimport\s*(["'] +["'])/dg;
const DYNAMIC = /\bimport\s*\(\s*(["'] +["'])/dg;
const WORKER = /\bnew\s+URL\s*\(\s*(["'] +["'])\s*,\s*import\.meta\.url/dg;

/**
 * What a module imports.
 * @param {string} source
 * @returns {{ specifier: string, line: number, kind: "static" | "type" | "dynamic" }[]}
 */
export function importsOf(source) {
  const code = blank(source, { strings: true });
  const found = (pattern, kindOf) =>
    [...code.matchAll(pattern)].map((match) => {
      const [from, to] = match.indices.at(-1);
      return { specifier: source.slice(from + 1, to - 1), line: lineAt(code, match.index), kind: kindOf(match) };
    });
  return [
    ...found(STATIC, (match) => (match[1] || importsTypesOnly(match[0]) ? "type" : "static")),
    ...found(BARE, () => "static"),
    ...found(DYNAMIC, () => "dynamic"),
    ...found(WORKER, () => "dynamic").filter(({ specifier }) => specifier.endsWith(".ts")),
  ];
}

function importsTypesOnly(statement) {
  const names = /\{([^}]*)\}/.exec(statement)?.[1];
  if (names === undefined || /^(?:import|export)\s+[\w$*]/.test(statement)) return false;
  const all = names
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  return all.length > 0 && all.every((name) => name.startsWith("type "));
}
