/** Strings by code points, as the language counts them. */
export function sizeOfString(text: string): number {
  return hasPairs(text) ? Array.from(text).length : text.length;
}

/** One string for each code point. */
export function pointsOf(text: string): readonly string[] {
  return hasPairs(text) ? Array.from(text) : text.split("");
}

function hasPairs(text: string): boolean {
  return /[\ud800-\udbff]/.test(text);
}

/** As Go's %q writes a string. */
export function quoteGo(text: string): string {
  const escaped = Array.from(
    text,
    (point) => GO_ESCAPES[point] ?? (/[\p{C}]/u.test(point) ? escapePoint(point) : point),
  );
  return `"${escaped.join("")}"`;
}

const GO_ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};

function escapePoint(point: string): string {
  const code = point.codePointAt(0)!;
  if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
}

/** As strings.quote writes it: only what has a short escape is escaped. */
export function quoteCel(text: string): string {
  return `"${Array.from(text, (point) => GO_ESCAPES[point] ?? point).join("")}"`;
}
