import { RE2JS } from "re2js";
import { LruMap } from "@dingi/base";
import type { Planned } from "../../evaluate/planned.ts";
import { CelError } from "../../value/error.ts";

/** Compiled patterns that are not known beforehand; those that are stay with their expression. */
const KEPT_PATTERNS = 200;
const patterns = new LruMap<string, RE2JS>(KEPT_PATTERNS);

/** A pattern in RE2's syntax, which no text can make slow. Errors are in Go's words. */
export function compilePattern(pattern: string): RE2JS | CelError {
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
