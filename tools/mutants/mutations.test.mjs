import assert from "node:assert/strict";
import { test } from "node:test";
import { mutate, mutationsOf } from "./mutations.mjs";

const mutants = (source) => mutationsOf(source).map((mutation) => mutate(source, mutation));

for (const [title, source, wanted] of [
  ["comparisons", "const a = b === c;", ["const a = b !== c;"]],
  ["bounds", "f(a < b, c >= d);", ["f(a <= b, c >= d);", "f(a < b, c > d);"]],
  ["connections", "const a = b && c || d;", ["const a = b || c || d;", "const a = b && c && d;"]],
  ["steps", "const a = b + 1;", ["const a = b - 1;"]],
  ["conditions", "if (f(a)) g = 1;", ["if (true) g = 1;", "if (false) g = 1;"]],
  ["loops", "while (f(a)) g = 1;", ["while (false) g = 1;"]],
  ["negations", "const a = !b;", ["const a = b;"]],
  ["constants", "const a = true;", ["const a = false;"]],
  ["calls", "{\n  this.#map.delete(key);\n}", ["{\n  ;\n}"]],
  ["awaited calls", "{\n  await f(a);\n}", ["{\n  ;\n}"]],
  ["returns", "{\n  return f(a);\n}", ["{\n  return undefined;\n}"]],
])
  test(`mutants change ${title}`, () => assert.deepEqual(mutants(source), wanted));

for (const [title, source] of [
  ["text", 'const a = "b === c";'],
  ["comments", "// if (a) return b && c"],
  ["type arguments", "const a = new Map<string, number>();"],
  ["types", "type A = B extends C ? true : false;"],
  ["members of types", "  readonly a: true;"],
  ["arrows", "const a = (b) => b;"],
  ["logs", '{\n  this.#options.logger.warn("A", { b });\n  logger.debug("A");\n}'],
  ["how often an abort is heard", "a(b, { once: true }), c;"],
  ["invariants", '{\n  invariant(a, "b");\n}'],
  ["returns of nothing", "{\n  return undefined;\n}"],
])
  test(`no mutant changes ${title}`, () => assert.deepEqual(mutants(source), []));
