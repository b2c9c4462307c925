import { DecodeError } from "./decode-error.ts";
import { goQuote } from "./go-quote.ts";

const SECONDS = "2006-01-02T15:04:05Z07:00";
const MICROS = "2006-01-02T15:04:05.000000Z07:00";
/** Go's zero time, which is "not set". */
const ZERO_MS = Date.parse("0001-01-01T00:00:00Z");

/** A wire time as upstream writes it back: UTC, whole seconds. Null for Go's zero time. @throws {DecodeError} in Go's words */
export function canonicalTime(text: string): string | null {
  if (isCanonical(text, 20, 19)) return text === "0001-01-01T00:00:00Z" ? null : text;
  const { ms } = new TimeParser(text, SECONDS).parse();
  return ms === ZERO_MS ? null : `${formatSeconds(ms)}Z`;
}

/** As `canonicalTime`, with exactly six digits of a second. */
export function canonicalMicroTime(text: string): string | null {
  const { ms, fraction } = new TimeParser(text, MICROS).parse();
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

/** Takes a time apart from the left. Upstream: go/src/time/format.go#parse */
class TimeParser {
  readonly #text: string;
  readonly #layout: string;
  #rest: string;

  constructor(text: string, layout: string) {
    this.#text = text;
    this.#rest = text;
    this.#layout = layout;
  }

  parse(): ParsedTime {
    const numbers = STEPS.map((step) => this.#number(step)).filter((value) => value !== undefined);
    const fraction = this.#fraction();
    const zone = this.#zone();
    const [year, month, day, hour, minute, second] = numbers as [number, number, number, number, number, number];
    const dayMs = startOfDay(year, month, day);
    if (day === 0 || new Date(dayMs).getUTCDate() !== day) this.#fail(": day out of range");
    return { ms: dayMs + ((hour * 60 + minute) * 60 + second) * 1000 - offsetMs(zone), fraction };
  }

  #fail(detail: string): never {
    throw new DecodeError("type", `parsing time ${goQuote(this.#text)}${detail}`);
  }

  /** What a layout element matches. */
  #take(pattern: RegExp, element: string): string {
    const found = pattern.exec(this.#rest)?.[0];
    if (found === undefined)
      this.#fail(` as ${goQuote(this.#layout)}: cannot parse ${goQuote(this.#rest)} as ${goQuote(element)}`);
    this.#rest = this.#rest.slice(found.length);
    return found;
  }

  #number([element, pattern, limit, name]: (typeof STEPS)[number]): number | undefined {
    const found = this.#take(pattern, element);
    if (name === "") return undefined;
    const value = Number(found);
    if (value > limit || (name === "month" && value === 0)) this.#fail(`: ${name} out of range`);
    return value;
  }

  #fraction(): string {
    return this.#layout === MICROS
      ? this.#take(/^\.\d{6}/, ".000000").slice(1)
      : this.#take(/^(?:[.,]\d+)?/, "").slice(1);
  }

  #zone(): string {
    const zone = this.#take(/^(?:Z|[+-]\d{2}:\d{2})/, "Z07:00");
    if (!isZone(zone))
      this.#fail(`: time zone offset ${Number(zone.slice(1, 3)) > 24 ? "hour" : "minute"} out of range`);
    if (this.#rest !== "") this.#fail(`: extra text: ${goQuote(this.#rest)}`);
    return zone;
  }
}

const isZone = (zone: string): boolean =>
  zone === "Z" || (Number(zone.slice(1, 3)) <= 24 && Number(zone.slice(4)) < 60);

function offsetMs(zone: string): number {
  if (zone === "Z") return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
  return (zone.startsWith("-") ? -minutes : minutes) * 60_000;
}

/** Date.UTC reads years below 100 as of the twentieth century; this does not. */
function startOfDay(year: number, month: number, day: number): number {
  const date = new Date(Date.UTC(2000, month - 1, day));
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
