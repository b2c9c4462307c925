import { numberOf } from "./json-reader.ts";

/** What a plain YAML scalar stands for. Upstream: go.yaml.in/yaml/v2/resolve.go#resolve */
type YamlKind = "str" | "bool" | "int" | "float" | "null" | "timestamp";

interface Resolved {
  readonly kind: YamlKind;
  readonly value: unknown;
}

const words = (kind: YamlKind, value: unknown, texts: string): [string, Resolved][] =>
  texts.split(" ").map((text) => [text, { kind, value }]);

/** YAML 1.1's words. The empty text is null. */
const WORDS: ReadonlyMap<string, Resolved> = new Map([
  ...words("bool", true, "y Y yes Yes YES true True TRUE on On ON"),
  ...words("bool", false, "n N no No NO false False FALSE off Off OFF"),
  ...words("null", null, "~ null Null NULL"),
  ["", { kind: "null", value: null }] as const,
  ...words("float", Number.NaN, ".nan .NaN .NAN"),
  ...words("float", Number.POSITIVE_INFINITY, ".inf .Inf .INF +.inf +.Inf +.INF"),
  ...words("float", Number.NEGATIVE_INFINITY, "-.inf -.Inf -.INF"),
]);

const DECIMAL = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const FRACTION = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;
const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const TIMESTAMP =
  /^\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:\d{2}))|(?: \d{1,2}:\d{1,2}:\d{1,2}(?:[.,]\d+)?))?$/;
/** Of an uint64 in base 2. */
const LONGEST_DIGITS = 64;
const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;

/** Resolves a plain scalar. Timestamps are told apart, yet their value is the text. */
export function resolvePlain(text: string): Resolved {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (/^[-+0-9]/.test(text)) return resolveNumber(text);
  if (FRACTION.test(text)) return finite(text.replaceAll("_", ""), text);
  return { kind: "str", value: text };
}

function resolveNumber(text: string): Resolved {
  if (isTimestamp(text)) return { kind: "timestamp", value: text };
  const plain = text.replaceAll("_", "");
  const integer = readInteger(plain);
  if (integer !== undefined) return { kind: "int", value: integer };
  return DECIMAL.test(plain) ? finite(plain, text) : { kind: "str", value: text };
}

function finite(plain: string, text: string): Resolved {
  const value = Number(plain);
  return Number.isFinite(value) ? { kind: "float", value } : { kind: "str", value: text };
}

/** Go's integers with a base prefix; a leading zero is octal. Those beyond int64 are floats to everyone who reads JSON. */
function readInteger(text: string): number | bigint | undefined {
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const magnitude = magnitudeOf(digits);
  if (magnitude === undefined) return undefined;
  const value = sign === "-" ? -magnitude : magnitude;
  if (value < MIN_INT64 || value > MAX_UINT64 || (sign === "+" && value >= 2n ** 63n)) return undefined;
  return numberOf(String(value));
}

/** Nothing for what is longer than 64 bits are in any base: a long text is not worth reading as a number. */
function magnitudeOf(digits: string): bigint | undefined {
  const [, prefix = "", rest = ""] = /^(0[xXbBoO]|0(?=[0-7]))?(?:0+(?=.))?(.*)$/.exec(digits)!;
  if (rest.length > LONGEST_DIGITS) return undefined;
  return BigInt(`${prefix === "0" ? "0o" : prefix}${rest}`);
}

function isTimestamp(text: string): boolean {
  if (!TIMESTAMP.test(text)) return false;
  const [year, month, day, hour = 0, minute = 0, second = 0] = text.split(/[-Tt :.,Z+]/).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(Date.UTC(2000, month - 1, 1));
  date.setUTCFullYear(year, month - 1, day);
  return month >= 1 && month <= 12 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
}
