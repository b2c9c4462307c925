import { TextCache } from "@dingi/base";
/**
 * Quantities are strings on the wire and in memory; these functions read them through a cache.
 * Upstream: apimachinery/pkg/api/resource/quantity.go
 */
type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

interface ParsedQuantity {
  /** The exact value in units of 10^-9, which is the finest that a quantity holds. */
  readonly nano: bigint;
  readonly format: QuantityFormat;
  /** How upstream writes the quantity back after reading it. */
  readonly text: string;
  /** Set when `text` is kept at every rounding to a scale that is at most this; upstream's plain 64-bit form. */
  readonly scale: number | undefined;
}

/** The text is not a quantity. The message is upstream's. */
export class QuantityError extends Error {
  override name = "QuantityError";
}

const QUANTITY_PATTERN = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$";

const FORMAT_WRONG = `quantities must match the regular expression '${QUANTITY_PATTERN}'`;
const SUFFIX_WRONG = "unable to parse quantity's suffix";
const NUMERIC_WRONG = "unable to parse numeric part of quantity";

const DECIMAL_SUFFIXES: ReadonlyMap<string, number> = new Map([
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
]);
const BINARY_SUFFIXES: ReadonlyMap<string, number> = new Map([
  ["Ki", 10],
  ["Mi", 20],
  ["Gi", 30],
  ["Ti", 40],
  ["Pi", 50],
  ["Ei", 60],
]);
const DECIMAL_TEXT = new Map([...DECIMAL_SUFFIXES].map(([text, exponent]) => [exponent, text]));
const BINARY_TEXT = new Map([...BINARY_SUFFIXES].map(([text, exponent]) => [exponent, text]));

const NANO = -9;
const UNIT = 1_000_000_000n;
const MAX_BINARY = (2n ** 63n - 1n) * UNIT;
/** Digits that always fit 64 bits; upstream keeps longer numbers in another form that is always written anew. */
const INT64_DIGITS = 18;
/** Differs: upstream computes any exponent, at any cost; a number of a thousand digits is no one's memory limit. */
const MAX_EXPONENT = 1000;
/** The same of the digits that are written: a million of them take minutes to multiply. */
const MAX_LENGTH = 1100;

const cache = new TextCache<ParsedQuantity>({ entries: 8192, length: 64 });

/** @throws {QuantityError} */
export function parseQuantity(text: string): ParsedQuantity {
  const known = cache.get(text);
  if (known) return known;
  const parsed = parse(text);
  cache.set(text, parsed);
  return parsed;
}

export function isQuantity(text: string): boolean {
  try {
    parseQuantity(text);
    return true;
  } catch {
    return false;
  }
}

interface Parts {
  readonly negative: boolean;
  /** Without leading zeros, at least "0". */
  readonly whole: string;
  readonly fraction: string;
  readonly suffix: string;
}

const SHAPE = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;

function split(text: string): Parts {
  const match = text === "" ? null : SHAPE.exec(text);
  if (!match) throw new QuantityError(FORMAT_WRONG);
  if (text.length > MAX_LENGTH) throw new QuantityError(NUMERIC_WRONG);
  const [, sign, whole, fraction, suffix] = match;
  return { negative: sign === "-", whole: whole!.replace(/^0+/, "") || "0", fraction: fraction ?? "", suffix: suffix! };
}

interface Unit {
  readonly base: 2 | 10;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

function readSuffix(suffix: string): Unit {
  const decimal = DECIMAL_SUFFIXES.get(suffix);
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: "DecimalSI" };
  const binary = BINARY_SUFFIXES.get(suffix);
  if (binary !== undefined) return { base: 2, exponent: binary, format: "BinarySI" };
  if (!/^[eE][-+]?[0-9]+$/.test(suffix)) throw new QuantityError(SUFFIX_WRONG);
  const exponent = Number(suffix.slice(1));
  if (Math.abs(exponent) > MAX_EXPONENT) throw new QuantityError(NUMERIC_WRONG);
  return { base: 10, exponent, format: "DecimalExponent" };
}

function parse(text: string): ParsedQuantity {
  const parts = split(text);
  const unit = readSuffix(parts.suffix);
  return unit.base === 2 ? parseBinary(text, parts, unit.exponent) : parseDecimal(text, parts, unit);
}

function parseDecimal(text: string, parts: Parts, { exponent, format }: Unit): ParsedQuantity {
  const digits = parts.whole + parts.fraction;
  const scale = exponent - parts.fraction.length;
  const plain = digits.length <= INT64_DIGITS && scale >= NANO;
  const nano = signed(parts, scaleUp(BigInt(digits), scale - NANO));
  const kept = plain && scale % 3 === 0 && !digits.endsWith("000") && !digits.startsWith("0");
  return {
    nano,
    format,
    text: text === "0" || kept ? text : quantityText(nano, format),
    scale: plain ? scale : undefined,
  };
}

function parseBinary(text: string, parts: Parts, exponent: number): ParsedQuantity {
  const plain = parts.fraction === "" && 15 - parts.whole.length - Math.trunc((exponent * 3) / 10) - 1 >= 0;
  const value = BigInt(parts.whole + parts.fraction) << BigInt(exponent);
  let magnitude = scaleUp(value, -parts.fraction.length - NANO);
  if (magnitude > MAX_BINARY) magnitude = MAX_BINARY;
  const format = magnitude > 0n && magnitude < UNIT ? "DecimalSI" : "BinarySI";
  const nano = signed(parts, magnitude);
  const kept = plain && (BigInt(parts.whole) & 7n) !== 0n;
  return { nano, format, text: kept ? text : quantityText(nano, format), scale: plain ? 0 : undefined };
}

const signed = (parts: Parts, magnitude: bigint): bigint => (parts.negative ? -magnitude : magnitude);

/** value × 10^by, rounded away from zero. */
function scaleUp(value: bigint, by: number): bigint {
  if (by >= 0) return value * 10n ** BigInt(by);
  return divideUp(value, 10n ** BigInt(-by));
}

function divideUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  const rest = value % divisor;
  return rest === 0n ? quotient : value > 0n ? quotient + 1n : quotient - 1n;
}

/** The canonical text of a value. Upstream: apimachinery/pkg/api/resource/quantity.go#CanonicalizeBytes */
function quantityText(nano: bigint, format: QuantityFormat): string {
  if (nano === 0n) return "0";
  if (format !== "BinarySI") return decimalText(nano, format);
  const below1024 = nano > -1024n * UNIT && nano < 1024n * UNIT;
  return below1024 || nano % UNIT !== 0n ? decimalText(nano, "DecimalSI") : binaryText(nano / UNIT);
}

function decimalText(nano: bigint, format: "DecimalSI" | "DecimalExponent"): string {
  let mantissa = nano;
  let exponent = NANO;
  while (mantissa % 1000n === 0n && (format === "DecimalExponent" || exponent < 18)) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (format === "DecimalExponent") return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`;
  return `${mantissa}${DECIMAL_TEXT.get(exponent)!}`;
}

function binaryText(value: bigint): string {
  let mantissa = value;
  let exponent = 0;
  while (mantissa % 1024n === 0n && exponent < 60) {
    mantissa /= 1024n;
    exponent += 10;
  }
  return `${mantissa}${exponent === 0 ? "" : BINARY_TEXT.get(exponent)!}`;
}

/** As upstream writes it back: "1000m" → "1", "0.5" → "500m", "1.5Gi" → "1536Mi". */
export function canonicalQuantity(text: string): string {
  return parseQuantity(text).text;
}

/** Rounds away from zero to a multiple of 10^scale. Upstream: …#RoundUp */
export function roundUpQuantity(text: string, scale: number): string {
  const parsed = parseQuantity(text);
  if (parsed.scale !== undefined && parsed.scale >= scale) return parsed.text;
  const step = 10n ** BigInt(scale - NANO);
  return quantityText(divideUp(parsed.nano, step) * step, parsed.format);
}

export function compareQuantity(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  const [x, y] = [parseQuantity(a).nano, parseQuantity(b).nano];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** In the format of `a`, or of `b` where `a` is zero. */
export function addQuantity(a: string, b: string): string {
  return combine(a, b, (x, y) => x + y);
}

export function subQuantity(a: string, b: string): string {
  return combine(a, b, (x, y) => x - y);
}

function combine(a: string, b: string, operation: (x: bigint, y: bigint) => bigint): string {
  const [x, y] = [parseQuantity(a), parseQuantity(b)];
  return quantityText(operation(x.nano, y.nano), x.nano === 0n ? y.format : x.format);
}

export function quantitySign(text: string): -1 | 0 | 1 {
  const { nano } = parseQuantity(text);
  return nano < 0n ? -1 : nano > 0n ? 1 : 0;
}

/** Whole units, rounded away from zero; exact up to 2^53. */
export function quantityValue(text: string): number {
  return Number(divideUp(parseQuantity(text).nano, UNIT));
}

/** Thousandths, rounded away from zero; exact up to 2^53. */
export function quantityMilliValue(text: string): number {
  return Number(divideUp(parseQuantity(text).nano, UNIT / 1000n));
}

/** Thousandths, rounded away from zero. */
export function quantityMilli(text: string): bigint {
  return divideUp(parseQuantity(text).nano, UNIT / 1000n);
}

/** The nearest double. */
export function quantityFloat(text: string): number {
  return Number(parseQuantity(text).nano) / 1e9;
}

export function isIntegerQuantity(text: string): boolean {
  return parseQuantity(text).nano % UNIT === 0n;
}

export function quantityFromValue(value: number | bigint, format: QuantityFormat = "DecimalSI"): string {
  return quantityText(BigInt(value) * UNIT, format);
}

export function quantityFromMilli(milli: bigint, format: QuantityFormat = "DecimalSI"): string {
  return quantityText(milli * (UNIT / 1000n), format);
}
