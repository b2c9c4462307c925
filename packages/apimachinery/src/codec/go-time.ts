import { DecodeError } from "./decode-error.ts";
import { goQuote } from "./go-quote.ts";

const SECONDS = "2006-01-02T15:04:05Z07:00";
const MICROS = "2006-01-02T15:04:05.000000Z07:00";
/** Go's zero time, which is "not set". */
const ZERO_MS = Date.parse("0001-01-01T00:00:00Z");

/** A wire time as upstream writes it back: UTC, whole seconds. Null for Go's zero time. @throws {DecodeError} in Go's words */
export function canonicalTime(text: string): string | null {
  if (isCanonical(text, 20, 19)) return text === "0001-01-01T00:00:00Z" ? null : text;
  const { ms } = parseTime(text, SECONDS);
  return ms === ZERO_MS ? null : `${formatSeconds(ms)}Z`;
}

/** As `canonicalTime`, with exactly six digits of a second. */
export function canonicalMicroTime(text: string): string | null {
  const { ms, fraction } = parseTime(text, MICROS);
  if (ms === ZERO_MS && /^0*$/.test(fraction)) return null;
  return `${formatSeconds(ms)}.${fraction.padEnd(6, "0").slice(0, 6)}Z`;
}

/** Digits where digits belong, a month, day and hour that every month and day has: nearly all times that are ever sent. */
function isCanonical(text: string, length: number, z: number): boolean {
  if (text.length !== length || text.charCodeAt(z) !== 0x5a) return false;
  return /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/.test(text);
}

interface ParsedTime {
  /** Epoch milliseconds of the whole second. */
  readonly ms: number;
  /** The digits of the second's fraction. */
  readonly fraction: string;
}

/** The steps of Go's layouts: the layout element, what matches it, the greatest value, what is out of range. */
const STEPS: readonly (readonly [element: string, pattern: RegExp, limit: number, name: string])[] = [
  ["2006", /^\d{4}/, 9999, "year"],
  ["-", /^-/, 0, ""],
  ["01", /^\d{2}/, 12, "month"],
  ["-", /^-/, 0, ""],
  ["02", /^\d{2}/, 99, "day"],
  ["T", /^T/, 0, ""],
  ["15", /^\d{1,2}/, 23, "hour"],
  [":", /^:/, 0, ""],
  ["04", /^\d{2}/, 59, "minute"],
  [":", /^:/, 0, ""],
  ["05", /^\d{2}/, 59, "second"],
];

/** Upstream: go/src/time/format.go#parse */
function parseTime(text: string, layout: string): ParsedTime {
  const fail = (detail: string): never => {
    throw new DecodeError("type", `parsing time ${goQuote(text)}${detail}`);
  };
  const cannot = (rest: string, element: string): never =>
    fail(` as ${goQuote(layout)}: cannot parse ${goQuote(rest)} as ${goQuote(element)}`);
  let rest = text;
  const numbers: number[] = [];
  for (const [element, pattern, limit, name] of STEPS) {
    const found = pattern.exec(rest)?.[0];
    if (found === undefined) return cannot(rest, element);
    rest = rest.slice(found.length);
    if (name === "") continue;
    const value = Number(found);
    if (value > limit || (name === "month" && value === 0)) fail(`: ${name} out of range`);
    numbers.push(value);
  }
  const fraction = takeFraction(rest, layout, cannot);
  rest = rest.slice(fraction === "" ? 0 : fraction.length + 1);
  const zone = /^(?:Z|[+-]\d{2}:\d{2})/.exec(rest)?.[0] ?? cannot(rest, "Z07:00");
  if (!isZone(zone)) fail(`: time zone offset ${Number(zone.slice(1, 3)) > 24 ? "hour" : "minute"} out of range`);
  if (rest.length > zone.length) fail(`: extra text: ${goQuote(rest.slice(zone.length))}`);
  const [year, month, day, hour, minute, second] = numbers as [number, number, number, number, number, number];
  const ms = epoch(year, month, day, hour, minute, second);
  if (day === 0 || new Date(epoch(year, month, day, 0, 0, 0)).getUTCDate() !== day) fail(": day out of range");
  return { ms: ms - offsetMs(zone), fraction };
}

function takeFraction(rest: string, layout: string, cannot: (rest: string, element: string) => never): string {
  if (layout === MICROS) return /^\.(\d{6})/.exec(rest)?.[1] ?? cannot(rest, ".000000");
  return /^[.,](\d+)/.exec(rest)?.[1] ?? "";
}

const isZone = (zone: string): boolean =>
  zone === "Z" || (Number(zone.slice(1, 3)) <= 24 && Number(zone.slice(4)) < 60);

function offsetMs(zone: string): number {
  if (zone === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
  return (zone.startsWith("-") ? -minutes : minutes) * 60_000;
}

/** Date.UTC reads years below 100 as of the twentieth century; this does not. */
function epoch(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  const date = new Date(Date.UTC(2000, month - 1, day, hour, minute, second));
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime();
}

function formatSeconds(ms: number): string {
  const date = new Date(ms);
  return `${String(date.getUTCFullYear()).padStart(4, "0")}${date
    .toISOString()
    .replace(/^[+-]?\d+/, "")
    .slice(0, 15)}`;
}
