import { CelError, DURATION_OVERFLOW, INT_OVERFLOW, TIMESTAMP_OVERFLOW } from "./error.ts";
import { MAX_INT, MIN_INT } from "./numbers.ts";

const NANOS_PER_SECOND = 1_000_000_000n;
/** The years 1 to 9999, in seconds since 1970. */
const MIN_SECONDS = -62_135_596_800n;
const MAX_SECONDS = 253_402_300_799n;

/** A length of time, in nanoseconds of 64 bits. */
export class CelDuration {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A moment, in nanoseconds since 1970; remembers the zone it was written in, which shows when it is printed. */
export class CelTimestamp {
  readonly nanos: bigint;
  readonly offsetMinutes: number;

  constructor(nanos: bigint, offsetMinutes = 0) {
    this.nanos = nanos;
    this.offsetMinutes = offsetMinutes;
  }

  /** Rounded down. */
  get seconds(): bigint {
    return floorDivide(this.nanos, NANOS_PER_SECOND);
  }

  get nanosOfSecond(): number {
    return Number(this.nanos - this.seconds * NANOS_PER_SECOND);
  }
}

export function checkedDuration(nanos: bigint): CelDuration | CelError {
  return nanos < MIN_INT || nanos > MAX_INT ? DURATION_OVERFLOW : new CelDuration(nanos);
}

export function checkedTimestamp(nanos: bigint, offsetMinutes = 0): CelTimestamp | CelError {
  const timestamp = new CelTimestamp(nanos, offsetMinutes);
  return timestamp.seconds < MIN_SECONDS || timestamp.seconds > MAX_SECONDS ? TIMESTAMP_OVERFLOW : timestamp;
}

export function timestampOfSeconds(seconds: bigint): CelTimestamp | CelError {
  return checkedTimestamp(seconds * NANOS_PER_SECOND);
}

/** From `from` to `to`, where the result of 64 bits holds it. */
export function between(from: CelTimestamp, to: CelTimestamp): CelDuration | CelError {
  const nanos = to.nanos - from.nanos;
  return nanos < MIN_INT || nanos > MAX_INT ? INT_OVERFLOW : new CelDuration(nanos);
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

const UNIT_NANOS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: NANOS_PER_SECOND,
  m: 60n * NANOS_PER_SECOND,
  h: 3600n * NANOS_PER_SECOND,
};
const DURATION_PART = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;

/** Go's notation: "1h30m", "-1.5s". Undefined if it is none. Upstream: go/src/time/format.go#ParseDuration */
export function parseDuration(text: string): CelDuration | undefined {
  const negative = text.startsWith("-");
  const body = /^[+-]/.test(text) ? text.slice(1) : text;
  if (body === "0") return new CelDuration(0n);
  const nanos = sumParts(body);
  if (nanos === undefined) return undefined;
  const signed = negative ? -nanos : nanos;
  return signed < MIN_INT || signed > MAX_INT ? undefined : new CelDuration(signed);
}

function sumParts(body: string): bigint | undefined {
  if (body === "") return undefined;
  let total = 0n;
  let at = 0;
  while (at < body.length) {
    DURATION_PART.lastIndex = at;
    const match = DURATION_PART.exec(body);
    if (!match || (match[1] === "" && (match[2] ?? "") === "")) return undefined;
    const [all, whole, fraction = "", unit] = match;
    const scale = UNIT_NANOS[unit!]!;
    total += BigInt(whole || "0") * scale + (BigInt(fraction || "0") * scale) / 10n ** BigInt(fraction.length);
    at += all.length;
  }
  return total;
}

/** In seconds: "5400s", "1.5s". */
export function formatDuration(duration: CelDuration): string {
  const seconds = Number(duration.nanos / NANOS_PER_SECOND) + Number(duration.nanos % NANOS_PER_SECOND) / 1e9;
  return `${plainDecimal(seconds)}s`;
}

/** Without an exponent. */
function plainDecimal(value: number): string {
  const text = String(value);
  if (!text.includes("e")) return text;
  return value.toFixed(20).replace(/\.?0+$/, "");
}

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:Z|([+-])(\d{2}):(\d{2}))$/;

/** RFC 3339, as strictly as Go reads it. Undefined if it is none, an error if it is out of range. */
export function parseTimestamp(text: string): CelTimestamp | CelError | undefined {
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const offset = offsetOf(match.slice(8, 11));
  if (offset === undefined || hour > 23 || minute > 59 || second > 59 || !isDate(year, month, day)) return undefined;
  const milliseconds = utcMilliseconds({ year, month, day }) + ((hour * 60 + minute - offset) * 60 + second) * 1000;
  const fraction = BigInt((match[7] ?? "").slice(0, 9).padEnd(9, "0"));
  return checkedTimestamp(BigInt(milliseconds) * 1_000_000n + fraction, offset);
}

/** In minutes; undefined if there is no such zone. */
function offsetOf([sign, hours = "0", minutes = "0"]: readonly (string | undefined)[]): number | undefined {
  const [hour, minute] = [Number(hours), Number(minutes)];
  if (hour > 24 || minute > 60) return undefined;
  return (hour * 60 + minute) * (sign === "-" ? -1 : 1);
}

function isDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= (month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31);
}

/** Date.UTC would take years below 100 as of the last century. */
function utcMilliseconds({ year, month, day }: { year: number; month: number; day: number }): number {
  const date = new Date(0);
  return date.setUTCFullYear(year, month - 1, day);
}

/** A date alone, as schemas' format "date" has it. */
export function parseDate(text: string): CelTimestamp | CelError | undefined {
  return parseTimestamp(`${text}T00:00:00Z`);
}

export function formatTimestamp(timestamp: CelTimestamp): string {
  const { offsetMinutes: offset } = timestamp;
  const local = dateAt(timestamp, offset).toISOString().slice(0, 19);
  const nanos = timestamp.nanosOfSecond;
  const fraction = nanos === 0 ? "" : `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}`;
  return local + fraction + (offset === 0 ? "Z" : formatOffset(offset));
}

function formatOffset(minutes: number): string {
  const size = Math.abs(minutes);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** A date whose UTC fields are the local ones `offsetMinutes` east of Greenwich. */
export function dateAt(timestamp: CelTimestamp, offsetMinutes: number): Date {
  return new Date(Number(timestamp.seconds) * 1000 + offsetMinutes * 60_000);
}

/** The offset of a zone at a moment: "+02:00" or a name of the IANA. */
export function zoneOffset(timestamp: CelTimestamp, zone: string): number | CelError {
  if (!zone.includes(":")) return namedOffset(timestamp, zone);
  const match = /^([+-]?)(\d+):(\d+)$/.exec(zone);
  if (!match) return new CelError(`strconv.Atoi: parsing ${JSON.stringify(zone.split(":")[0])}: invalid syntax`);
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === "-" ? -minutes : minutes;
}

function namedOffset(timestamp: CelTimestamp, zone: string): number | CelError {
  if (zone === "" || zone === "UTC") return 0;
  try {
    const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    const name = format.formatToParts(dateAt(timestamp, 0)).find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
    const match = /GMT([+-])(\d{2}):(\d{2})/.exec(name);
    return match ? (Number(match[2]) * 60 + Number(match[3])) * (match[1] === "-" ? -1 : 1) : 0;
  } catch {
    return new CelError(`unknown time zone ${zone}`);
  }
}
