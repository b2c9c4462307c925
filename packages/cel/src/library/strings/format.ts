import { quoteGo } from "../../value/text.ts";
import { CONVERSIONS } from "../../value/convert.ts";
import { exponentOf, toFixed } from "../../value/double-text.ts";
import { CelError } from "../../value/error.ts";
import { CelList } from "../../value/value.ts";
import { entriesOf } from "../../value/map.ts";
import { CelMap } from "../../value/value.ts";
import { CelDouble, CelUint, isInt } from "../../value/numbers.ts";
import { CelDuration, CelTimestamp } from "../../value/time.ts";
import { typeOfValue } from "../../value/type-of.ts";
import type { Value } from "../../value/value.ts";
import { formatTypeError, parseTemplate } from "./format-template.ts";
import type { Clause } from "./format-template.ts";

const DEFAULT_PRECISION = 6;

/** Upstream: github.com/google/cel-go/ext/formatting.go */
export function formatString(template: string, args: CelList): Value {
  const parts = parseTemplate(template);
  let text = "";
  let next = 0;
  for (const part of parts) {
    if (typeof part === "string") {
      text += part;
      continue;
    }
    if (next >= args.size) return new CelError(`index ${next} out of range`);
    if (part instanceof CelError) return part;
    const written = WRITERS[part.verb]!(args.at(next), part);
    if (written instanceof CelError) return new CelError(`error during formatting: ${written.message}`);
    text += written;
    next += 1;
  }
  return text;
}

type Writer = (value: Value, clause: Clause) => string | CelError;

const WRITERS: Readonly<Record<string, Writer>> = {
  s: (value) => writeText(value),
  d: (value) => (isInt(value) ? String(value) : value instanceof CelUint ? String(value.value) : wrongType("d", value)),
  f: (value, { precision = DEFAULT_PRECISION }) =>
    writeDouble(value, "f", (number) => grouped(toFixed(number, precision))),
  e: (value, { precision = DEFAULT_PRECISION }) => writeDouble(value, "e", scientific, precision),
  b: (value) => (typeof value === "boolean" ? (value ? "1" : "0") : writeInteger(value, "b", 2)),
  o: (value) => writeInteger(value, "o", 8),
  x: (value) => writeHex(value),
  X: (value) => {
    const text = writeHex(value);
    return typeof text === "string" ? text.toUpperCase() : text;
  },
};

function wrongType(verb: string, value: Value): CelError {
  return new CelError(formatTypeError(verb, typeOfValue(value).name));
}

function writeText(value: Value): string | CelError {
  if (value === null) return "null";
  if (value instanceof CelList) return writeList(value);
  if (value instanceof CelMap) return writeMap(value);
  const text = CONVERSIONS["string"]!(value);
  return typeof text === "string" ? text : wrongType("s", value);
}

/** As a part of a list or map: as the language would write it. */
function writeMember(value: Value): string | CelError {
  if (value instanceof CelDouble)
    return Number.isFinite(value.value) ? value.value.toFixed(DEFAULT_PRECISION) : quoteGo(goNumber(value.value));
  const text = writeText(value);
  if (text instanceof CelError) return new CelError(`no formatting function for ${typeOfValue(value).name}`);
  if (typeof value === "string") return quoteGo(text);
  if (value instanceof Uint8Array) return `b${quoteGo(text)}`;
  if (value instanceof CelTimestamp) return `timestamp(${quoteGo(text)})`;
  return value instanceof CelDuration ? `duration(${quoteGo(text)})` : text;
}

function writeList(list: CelList): string | CelError {
  const parts: string[] = [];
  for (const value of list) {
    const text = writeMember(value);
    if (text instanceof CelError) return text;
    parts.push(text);
  }
  return `[${parts.join(", ")}]`;
}

function writeMap(map: CelMap): string | CelError {
  const parts: { key: string; value: string }[] = [];
  for (const [key, value] of entriesOf(map)) {
    const [name, text] = [writeMember(key), writeMember(value)];
    if (key instanceof CelDouble) return new CelError("no formatting function for map key of type double");
    if (name instanceof CelError) return name;
    if (text instanceof CelError) return text;
    parts.push({ key: name, value: text });
  }
  const sorted = parts.toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  return `{${sorted.map(({ key, value }) => `${key}:${value}`).join(", ")}}`;
}

// oxlint-disable-next-line max-params -- A value and how it is written.
function writeDouble(value: Value, verb: string, write: (number: number) => string, width = 0): string | CelError {
  const number = doubleOf(value);
  if (number === undefined) return wrongType(verb, value);
  return (Number.isFinite(number) ? write(number) : localNumber(number)).padStart(width);
}

const SPECIAL: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity, "-Infinity": -Infinity };

function doubleOf(value: Value): number | undefined {
  if (value instanceof CelDouble) return value.value;
  return typeof value === "string" && Object.hasOwn(SPECIAL, value) ? SPECIAL[value] : undefined;
}

function localNumber(number: number): string {
  if (Number.isNaN(number)) return "NaN";
  return number > 0 ? "∞" : "-∞";
}

function goNumber(number: number): string {
  if (Number.isNaN(number)) return "NaN";
  return number > 0 ? "+Inf" : "-Inf";
}

/** As American English groups thousands. */
function grouped(text: string): string {
  const [whole, fraction] = text.split(".") as [string, string | undefined];
  const commas = whole.replaceAll(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? commas : `${commas}.${fraction}`;
}

/** As American English writes powers of ten. What a template says of precision is, as upstream has it, the width. */
function scientific(number: number): string {
  const [mantissa, power] = number.toExponential(DEFAULT_PRECISION).split("e") as [string, string];
  const exponent = exponentOf(Number(power)).replace(/^\+/, "");
  return `${mantissa}×10${Array.from(exponent, superscript).join("")}`;
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

function superscript(digit: string): string {
  return digit === "-" ? "⁻" : SUPERSCRIPTS[Number(digit)]!;
}

function writeInteger(value: Value, verb: string, base: number): string | CelError {
  if (isInt(value)) return value.toString(base);
  return value instanceof CelUint ? value.value.toString(base) : wrongType(verb, value);
}

function writeHex(value: Value): string | CelError {
  if (typeof value === "string" || value instanceof Uint8Array) return Buffer.from(value as string).toString("hex");
  return writeInteger(value, "x", 16);
}
