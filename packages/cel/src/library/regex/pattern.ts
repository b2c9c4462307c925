import { RE2JS } from "re2js";
import { TextCache } from "@dingi/base";
import type { Planned } from "../../evaluate/planned.ts";
import { CelError } from "../../value/error.ts";

/** Differs: upstream compiles any length. A pattern takes half a kilobyte and more for each of its characters. */
const MAX_PATTERN_LENGTH = 32 * 1024;
/** Compiled patterns that are not known beforehand; those that are stay with their expression. */
const patterns = new TextCache<RE2JS>({ entries: 500, length: 4096, total: 64 * 1024 });

/** A pattern in RE2's syntax, which no text can make slow. Errors are in Go's words. */
export function compilePattern(pattern: string): RE2JS | CelError {
  if (pattern.length > MAX_PATTERN_LENGTH) return new CelError("error parsing regexp: expression too large");
  const known = patterns.get(pattern);
  if (known) return known;
  try {
    const compiled = RE2JS.compile(pattern);
    patterns.set(pattern, compiled);
    return compiled;
  } catch (error) {
    return new CelError((error as Error).message);
  }
}

const PATTERN_ARGUMENT: Readonly<Record<string, number>> = { matches: 1, find: 1, findAll: 1 };

/** The pattern of a call that has one which is constant: compiled, or what is wrong with it. */
export function regexArgument(fn: string, args: readonly Planned[]): RE2JS | CelError | undefined {
  if (!Object.hasOwn(PATTERN_ARGUMENT, fn)) return undefined;
  const value = args[PATTERN_ARGUMENT[fn]!]?.constant?.value;
  return typeof value === "string" ? compilePattern(value) : undefined;
}
