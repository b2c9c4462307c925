const ESCAPE = String.raw`\\(?:[abfnrtv"'\\?${"`"}]|[0-3][0-7][0-7]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})`;

/** Longest first: an empty string is also the beginning of a triple quote. */
const FORMS = [
  `[rR]"""[\\s\\S]*?"""`,
  `[rR]'''[\\s\\S]*?'''`,
  `"""(?:${ESCAPE}|[^\\\\])*?"""`,
  `'''(?:${ESCAPE}|[^\\\\])*?'''`,
  `[rR]"[^"\\n\\r]*"`,
  `[rR]'[^'\\n\\r]*'`,
  `"(?:${ESCAPE}|[^\\\\"\\n\\r])*"`,
  `'(?:${ESCAPE}|[^\\\\'\\n\\r])*'`,
];
const STRING = new RegExp(`[bB]?(?:${FORMS.join("|")})`, "yu");

/** The string literal at `start`, with its quotes and prefix. */
export function matchString(text: string, start: number): { text: string; bytes: boolean } | undefined {
  STRING.lastIndex = start;
  const match = STRING.exec(text)?.[0];
  return match === undefined ? undefined : { text: match, bytes: /^[bB]/.test(match) };
}

const BROKEN = new RegExp(
  `[bB]?(?:[rR](?:"[^"\\n\\r]*|'[^'\\n\\r]*)|"(?:${ESCAPE}|[^\\\\"\\n\\r])*|'(?:${ESCAPE}|[^\\\\'\\n\\r])*)(?:\\\\(?:[xX][0-9a-fA-F]?|u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7}|[0-3][0-7]?)?[\\s\\S]?|[\\n\\r])?`,
  "yu",
);

/** The beginning of what would be a string but is none: up to what keeps it from going on. */
export function brokenString(text: string, start: number): string | undefined {
  BROKEN.lastIndex = start;
  return BROKEN.exec(text)?.[0];
}

const SIMPLE: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "`": "`",
  "?": "?",
};

/** What a string literal means. */
export function unquoteString(token: string): string {
  const { body, raw } = strip(token);
  if (raw) return body;
  return body.replaceAll(/\\(?:[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2}|[\s\S])/g, pointOf);
}

/** What an escape in a string stands for. */
function pointOf(escape: string): string {
  const kind = escape[1]!;
  if (/[0-3]/.test(kind)) return codePoint(Number.parseInt(escape.slice(1), 8));
  if (escape.length > 2) return codePoint(Number.parseInt(escape.slice(2), 16));
  return SIMPLE[kind] ?? kind;
}

function codePoint(value: number): string {
  if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) throw new RangeError("invalid unicode code point");
  return String.fromCodePoint(value);
}

/** What a bytes literal means: escapes of numbers are bytes, all else is UTF-8. */
export function unquoteBytes(token: string): Uint8Array {
  const { body, raw } = strip(token.slice(1));
  if (raw) return new TextEncoder().encode(body);
  const parts =
    body.match(/\\(?:[xX][0-9a-fA-F]{2}|[0-3][0-7]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\s\S])|[^\\]+/g) ?? [];
  return Buffer.concat(parts.map(bytesOf));
}

function bytesOf(part: string): Uint8Array {
  if (part[0] !== "\\") return Buffer.from(part);
  const kind = part[1]!;
  if (kind === "u" || kind === "U") throw new SyntaxError("unable to unescape string");
  if (/[xX]/.test(kind)) return Buffer.from(part.slice(2), "hex");
  if (/[0-3]/.test(kind)) return Buffer.from([Number.parseInt(part.slice(1), 8)]);
  return Buffer.from(SIMPLE[kind] ?? kind);
}

function strip(token: string): { body: string; raw: boolean } {
  const raw = /^[rR]/.test(token);
  const quoted = (raw ? token.slice(1) : token).replaceAll("\r\n", "\n").replaceAll("\r", "\n");
  const width = /^("""|''')/.test(quoted) && quoted.length >= 6 ? 3 : 1;
  return { body: quoted.slice(width, -width), raw };
}
