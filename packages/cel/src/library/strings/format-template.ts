import { CelError } from "../../value/error.ts";

/** One place in a template that takes an argument. */
export interface Clause {
  readonly verb: string;
  readonly precision?: number;
}

/** The texts and places of a template; an error stands where a place is none. */
export function parseTemplate(template: string): (string | Clause | CelError)[] {
  const parts: (string | Clause | CelError)[] = [];
  let at = 0;
  while (at < template.length) {
    const percent = template.indexOf("%", at);
    if (percent < 0) return [...parts, template.slice(at)];
    parts.push(template.slice(at, percent));
    const { part, length } = parseClause(template.slice(percent));
    parts.push(part);
    at = percent + length;
  }
  return parts;
}

function parseClause(text: string): { part: string | Clause | CelError; length: number } {
  const match = /^%(?:\.(\d*))?([\s\S]?)/u.exec(text)!;
  const [all, digits, verb] = match as unknown as [string, string | undefined, string];
  if (all === "%%") return { part: "%", length: 2 };
  return { part: clauseOf(digits, verb), length: all.length };
}

function clauseOf(digits: string | undefined, verb: string): Clause | CelError {
  if (verb === "")
    return digits === undefined
      ? new CelError("unexpected end of string")
      : precisionError("could not find end of precision specifier");
  if (digits === "")
    return precisionError('error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax');
  if (!"sdfebxXo".includes(verb))
    return new CelError(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  return digits === undefined ? { verb } : { verb, precision: Math.min(Number(digits), MAX_PRECISION) };
}

/** Differs: upstream has no end here; JavaScript writes 100 digits at most. */
const MAX_PRECISION = 100;

function precisionError(message: string): CelError {
  return new CelError(`could not parse formatting clause: error while parsing precision: ${message}`);
}

const WRONG_TYPES: Readonly<Record<string, string>> = {
  b: "only integers and bools can be formatted as binary",
  d: "decimal clause can only be used on integers",
  f: "fixed-point clause can only be used on doubles",
  e: "scientific clause can only be used on doubles",
  x: "only integers, byte buffers, and strings can be formatted as hex",
  X: "only integers, byte buffers, and strings can be formatted as hex",
  o: "octal clause can only be used on integers",
  s: "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps",
};

/** What is said of an argument that its place does not take. */
export function formatTypeError(verb: string, type: string): string {
  return `${WRONG_TYPES[verb]!}, was given ${type}`;
}
