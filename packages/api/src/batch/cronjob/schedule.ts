import { DurationError, goQuote, parseDuration } from "@dingi/apimachinery";
import { timeZoneProblem } from "./time-zone.ts";

/** When a CronJob runs. */
export type Schedule =
  | { readonly type: "every"; readonly intervalMs: number }
  | ({ readonly type: "calendar"; readonly timeZone: string | undefined } & Readonly<Record<CalendarField, TimeSet>>);

export type CalendarField = "minute" | "hour" | "dayOfMonth" | "month" | "dayOfWeek";

export interface TimeSet {
  readonly values: ReadonlySet<number>;
  /** Written as "*" or "?": of the two kinds of days, the other one alone decides. */
  readonly isAny: boolean;
}

/** The text is no schedule. The message is upstream's, and that of github.com/robfig/cron. */
export class ScheduleError extends Error {
  override name = "ScheduleError";
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const BOUNDS: Readonly<Record<CalendarField, Bounds>> = {
  minute: { min: 0, max: 59 },
  hour: { min: 0, max: 23 },
  dayOfMonth: { min: 1, max: 31 },
  month: {
    min: 1,
    max: 12,
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  dayOfWeek: { min: 0, max: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
};
const FIELDS = Object.keys(BOUNDS) as CalendarField[];

const DESCRIPTORS: ReadonlyMap<string, string> = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"],
]);
const EVERY = "@every ";

/**
 * Throws ScheduleError. Upstream: pkg/util/parsers/parsers.go#ParseCronScheduleWithPanicRecovery,
 * github.com/robfig/cron/v3 parser.go#Parse
 */
export function parseSchedule(text: string): Schedule {
  if (text === "") throw new ScheduleError("empty spec string");
  const { timeZone, rest } = splitTimeZone(text);
  if (rest.startsWith(EVERY)) return { type: "every", intervalMs: parseInterval(rest) };
  const plain = DESCRIPTORS.get(rest);
  if (plain === undefined && rest.startsWith("@")) throw new ScheduleError(`unrecognized descriptor: ${rest}`);
  return { type: "calendar", timeZone, ...parseFields(plain ?? rest) };
}

function splitTimeZone(text: string): { readonly timeZone: string | undefined; readonly rest: string } {
  if (!text.startsWith("TZ=") && !text.startsWith("CRON_TZ=")) return { timeZone: undefined, rest: text };
  const space = text.indexOf(" ");
  if (space < 0) throw new ScheduleError("invalid schedule format: runtime error: slice bounds out of range [:-1]");
  const timeZone = text.slice(text.indexOf("=") + 1, space);
  const problem = timeZoneProblem(timeZone);
  if (problem !== undefined) throw new ScheduleError(`provided bad location ${timeZone}: ${problem}`);
  return { timeZone, rest: text.slice(space).trim() };
}

function parseInterval(descriptor: string): number {
  try {
    return parseDuration(descriptor.slice(EVERY.length));
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    throw new ScheduleError(`failed to parse duration ${descriptor}: ${error.message}`, { cause: error });
  }
}

function parseFields(text: string): Record<CalendarField, TimeSet> {
  const words = text.split(/\s+/).filter((word) => word !== "");
  if (words.length !== FIELDS.length) {
    throw new ScheduleError(`expected exactly ${FIELDS.length} fields, found ${words.length}: [${words.join(" ")}]`);
  }
  const entries = FIELDS.map((field, i) => [field, parseField(words[i]!, BOUNDS[field])]);
  return Object.fromEntries(entries) as Record<CalendarField, TimeSet>;
}

function parseField(word: string, bounds: Bounds): TimeSet {
  const values = new Set<number>();
  let isAny = false;
  // There are few that differ, of however many.
  for (const part of new Set(word.split(","))) {
    if (part === "") continue;
    const range = parseRange(part, bounds);
    isAny ||= range.isAny;
    for (let value = range.start; value <= range.end; value += range.step) values.add(value);
  }
  return { values, isAny };
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly isAny: boolean;
}

/** A number, a name, "*" or "?", the last of a range behind "-", and a step behind "/". */
function parseRange(text: string, bounds: Bounds): Range {
  const [limits = "", ...steps] = text.split("/");
  const wanted = parseLimits(limits, { bounds, text });
  if (steps.length > 1) throw new ScheduleError(`too many slashes: ${text}`);
  const step = steps.length === 0 ? 1 : parseNumber(steps[0]!);
  // "5/15" begins at 5 and goes on.
  const end = steps.length === 1 && !limits.includes("-") ? bounds.max : wanted.end;
  const range = { start: wanted.start, end, step, isAny: wanted.isAny && step === 1 };
  checkRange(range, bounds, text);
  return range;
}

function parseLimits(
  limits: string,
  { bounds, text }: { readonly bounds: Bounds; readonly text: string },
): Omit<Range, "step"> {
  const [low = "", ...highs] = limits.split("-");
  if (low === "*" || low === "?") return { start: bounds.min, end: bounds.max, isAny: true };
  const start = parseNumberOrName(low, bounds);
  if (highs.length > 1) throw new ScheduleError(`too many hyphens: ${text}`);
  const end = highs.length === 0 ? start : parseNumberOrName(highs[0]!, bounds);
  return { start, end, isAny: false };
}

function checkRange({ start, end, step }: Range, { min, max }: Bounds, text: string): void {
  if (start < min) throw new ScheduleError(`beginning of range (${start}) below minimum (${min}): ${text}`);
  if (end > max) throw new ScheduleError(`end of range (${end}) above maximum (${max}): ${text}`);
  if (start > end) throw new ScheduleError(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new ScheduleError(`step of range should be a positive number: ${text}`);
}

function parseNumberOrName(word: string, { names, min }: Bounds): number {
  const at = names?.indexOf(word.toLowerCase()) ?? -1;
  return at < 0 ? parseNumber(word) : at + min;
}

/** Upstream's numbers end at 2^63. */
const MAX_DIGITS = 18;

function parseNumber(word: string): number {
  const [, sign, digits] = /^([+-]?)0*([0-9]*)$/.exec(word) ?? [];
  const problem = (what: string) =>
    new ScheduleError(`failed to parse int from ${word}: strconv.Atoi: parsing ${goQuote(word)}: ${what}`);
  if (digits === undefined || !/[0-9]$/.test(word)) throw problem("invalid syntax");
  if (digits.length > MAX_DIGITS) throw problem("value out of range");
  const value = Number(digits);
  if (sign === "-" && value > 0) throw new ScheduleError(`negative number (-${value}) not allowed: ${word}`);
  return value;
}
