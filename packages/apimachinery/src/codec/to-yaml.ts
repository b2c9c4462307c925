import { YamlEmitter } from "./yaml-emitter.ts";
import { resolvePlain } from "./yaml-resolve.ts";

const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;

/**
 * A value as `kubectl -o yaml` prints it: keys sorted, lists not indented, long lines folded at 80 columns.
 * Upstream: sigs.k8s.io/yaml#Marshal, go.yaml.in/yaml/v2/{encode,sorter}.go
 */
export function toYaml(value: unknown): string {
  const emitter = new YamlEmitter();
  emit(emitter, value);
  return emitter.finish();
}

function emit(emitter: YamlEmitter, value: unknown): void {
  if (Array.isArray(value)) emitList(emitter, value);
  else if (typeof value === "object" && value !== null) emitMap(emitter, value as Readonly<Record<string, unknown>>);
  else emitter.scalar(scalarText(value), typeof value === "string" ? stringStyle(value) : "plain");
}

function emitList(emitter: YamlEmitter, list: readonly unknown[]): void {
  if (list.length === 0) return emitter.empty("[]");
  emitter.startList();
  for (const item of list) {
    emitter.item();
    emit(emitter, item);
  }
  emitter.end();
}

function emitMap(emitter: YamlEmitter, map: Readonly<Record<string, unknown>>): void {
  const keys = Object.keys(map).filter((key) => map[key] !== undefined);
  if (keys.length === 0) return emitter.empty("{}");
  emitter.startMap();
  for (const key of keys.sort(compareKeys)) {
    emitter.key(key, stringStyle(key));
    emit(emitter, map[key]);
  }
  emitter.end();
}

function scalarText(value: unknown): string {
  if (value === null || value === undefined) return "null";
  return typeof value === "number" && !Number.isInteger(value)
    ? goFloat(value)
    : typeof value === "number"
      ? wholeNumber(value)
      : String(value);
}

/** A whole number that no 64-bit integer holds is a float to Go. */
function wholeNumber(value: number): string {
  return value >= 2 ** 64 || value < -(2 ** 63) ? goFloat(value) : String(value);
}

/** Go's %g with the fewest digits: below 1e-4 and from 1e6 on with an exponent, which has two digits at least. */
function goFloat(value: number): string {
  const [digits, exponent] = value.toExponential().split("e") as [string, string];
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

function stringStyle(text: string): "plain" | "double" | "literal" {
  if (text.includes("\n")) return "literal";
  return resolvePlain(text).kind === "str" && !BASE_60.test(text) ? "plain" : "double";
}

/** Numbers inside keys are compared by value, letters come after everything else. */
function compareKeys(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) if (left[i] !== right[i]) return compareAt(left, right, i);
  return left.length - right.length;
}

const isLetter = (char: string): boolean => /\p{L}/u.test(char);
const isDigit = (char: string | undefined): boolean => char !== undefined && /\p{Nd}/u.test(char);

function compareAt(a: readonly string[], b: readonly string[], at: number): number {
  const aLetter = isLetter(a[at]!);
  const bLetter = isLetter(b[at]!);
  const byCode = a[at]!.codePointAt(0)! - b[at]!.codePointAt(0)!;
  if (aLetter && bLetter) return byCode;
  if (aLetter || bLetter) return bLetter ? -1 : 1;
  const lead = (a[at] === "0" || b[at] === "0") && followsNonZeroDigit(a, at) ? "1" : "";
  const aDigits = digitsAt(a, at);
  const bDigits = digitsAt(b, at);
  const difference = BigInt(`${lead}${aDigits}` || "0") - BigInt(`${lead}${bDigits}` || "0");
  if (difference !== 0n) return difference < 0n ? -1 : 1;
  return aDigits.length - bDigits.length || byCode;
}

function followsNonZeroDigit(chars: readonly string[], at: number): boolean {
  for (let i = at - 1; i >= 0 && isDigit(chars[i]); i--) if (chars[i] !== "0") return true;
  return false;
}

function digitsAt(chars: readonly string[], at: number): string {
  let end = at;
  while (/^[0-9]$/.test(chars[end] ?? "")) end++;
  return chars.slice(at, end).join("");
}
