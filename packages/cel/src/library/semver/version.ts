import { structOf } from "../../check/type.ts";
import type { CelError } from "../../value/error.ts";
import { CelError as Failure, NO_SUCH_OVERLOAD } from "../../value/error.ts";
import { compareStrings } from "../../value/compare.ts";
import { quoteGo } from "../../value/text.ts";
import { Opaque } from "../../value/value.ts";

export const SEMVER_TYPE = structOf("kubernetes.Semver");

/** A version of the semantic kind. */
export class Version extends Opaque {
  readonly type = SEMVER_TYPE;
  readonly core: readonly [bigint, bigint, bigint];
  readonly preRelease: readonly string[];

  constructor(core: readonly [bigint, bigint, bigint], preRelease: readonly string[]) {
    super();
    this.core = core;
    this.preRelease = preRelease;
  }

  equals(other: Opaque): boolean | CelError {
    return other instanceof Version ? this.compare(other) === 0 : NO_SUCH_OVERLOAD;
  }

  compare(other: Version): -1 | 0 | 1 {
    for (const [i, part] of this.core.entries()) {
      if (part !== other.core[i]) return part < other.core[i]! ? -1 : 1;
    }
    return comparePreReleases(this.preRelease, other.preRelease);
  }
}

/** No pre-release comes behind all. */
function comparePreReleases(a: readonly string[], b: readonly string[]): -1 | 0 | 1 {
  if (a.length === 0 || b.length === 0) return a.length === b.length ? 0 : a.length === 0 ? 1 : -1;
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const order = compareParts(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return a.length === b.length ? 0 : a.length < b.length ? -1 : 1;
}

function compareParts(a: string, b: string): -1 | 0 | 1 {
  const [x, y] = [isNumber(a), isNumber(b)];
  if (x !== y) return x ? -1 : 1;
  if (!x) return compareStrings(a, b);
  return a === b ? 0 : BigInt(a) < BigInt(b) ? -1 : 1;
}

const isNumber = (text: string): boolean => /^\d+$/.test(text);

/** In the words of the library that upstream parses with, blang/semver. */
export function parseVersion(text: string): Version | CelError {
  if (text === "") return new Failure("Version string empty");
  const parts = splitIn3(text);
  if (parts.length !== 3) return new Failure("No Major.Minor.Patch elements found");
  const [major, minor, rest] = parts as [string, string, string];
  const { patch, pre, build } = splitPatch(rest);
  const flaw =
    partFlaw("Major", major) ??
    partFlaw("Minor", minor) ??
    partFlaw("Patch", patch) ??
    preFlaw(pre) ??
    buildFlaw(build);
  if (flaw !== undefined) return new Failure(flaw);
  return new Version([BigInt(major), BigInt(minor), BigInt(patch)], pre);
}

/** As "a.b.rest": the third part keeps its dots. */
function splitIn3(text: string): string[] {
  const parts = text.split(".");
  return parts.length <= 3 ? parts : [parts[0]!, parts[1]!, parts.slice(2).join(".")];
}

function splitPatch(text: string): { patch: string; pre: string[]; build: string[] } {
  const plus = text.indexOf("+");
  const [front, build] = plus < 0 ? [text, undefined] : [text.slice(0, plus), text.slice(plus + 1)];
  const dash = front.indexOf("-");
  const pre = dash < 0 ? [] : front.slice(dash + 1).split(".");
  return { patch: dash < 0 ? front : front.slice(0, dash), pre, build: build === undefined ? [] : build.split(".") };
}

function partFlaw(name: string, text: string): string | undefined {
  if (!isNumber(text)) return `Invalid character(s) found in ${name.toLowerCase()} number ${quoteGo(text)}`;
  if (text.length > 1 && text.startsWith("0")) return `${name} number must not contain leading zeroes ${quoteGo(text)}`;
  return BigInt(text) > 2n ** 64n - 1n ? `strconv.ParseUint: parsing ${quoteGo(text)}: value out of range` : undefined;
}

function preFlaw(parts: readonly string[]): string | undefined {
  for (const part of parts) {
    if (part === "") return "Prerelease is empty";
    if (!/^[0-9A-Za-z-]+$/.test(part)) return `Invalid character(s) found in prerelease ${quoteGo(part)}`;
    if (isNumber(part) && part.length > 1 && part.startsWith("0")) {
      return `Numeric PreRelease version must not contain leading zeroes ${quoteGo(part)}`;
    }
  }
  return undefined;
}

function buildFlaw(parts: readonly string[]): string | undefined {
  for (const part of parts) {
    if (part === "") return "Build meta data is empty";
    if (!/^[0-9A-Za-z-]+$/.test(part)) return `Invalid character(s) found in build meta data ${quoteGo(part)}`;
  }
  return undefined;
}

/** "v1.2" as "1.2.0". */
export function parseLoosely(text: string): Version | CelError {
  const parts = splitIn3(text.replace(/^v/, "")).map(withoutZeros);
  if (parts.length < 3) {
    if (/[+-]/.test(parts.at(-1)!)) return new Failure("short version cannot contain PreRelease/Build meta data");
    while (parts.length < 3) parts.push("0");
  }
  return parseVersion(parts.join("."));
}

function withoutZeros(part: string): string {
  if (part.length <= 1) return part;
  const stripped = part.replace(/^0+/, "");
  return /^\d/.test(stripped) ? stripped : `0${stripped}`;
}
