import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { keysOf, PassedTests } from "./unchanged.mjs";

const FILES = {
  "packages/a/src/a.test.ts": 'import { a } from "./a.ts";',
  "packages/a/src/a.ts": 'import { b } from "@dingi/b";',
  "packages/a/src/lone.test.ts": 'spawn("node", [new URL("./program.ts", import.meta.url)]);',
  "packages/a/src/program.ts": "export {};",
  "packages/b/src/index.ts": 'export * from "./b.ts";',
  "packages/b/src/b.ts": "export const b = 1;",
  "test/data.json": "{}",
};
const TESTS = ["packages/a/src/a.test.ts", "packages/a/src/lone.test.ts"];

/** Which of the tests would run again after a change. */
function affected(change, world = "node") {
  const before = keysOf(TESTS, new Map(Object.entries(FILES)), "node");
  const after = keysOf(TESTS, new Map(Object.entries({ ...FILES, ...change })), world);
  return TESTS.filter((name) => before.get(name) !== after.get(name));
}

const [deep, lone] = TESTS;

for (const [title, change, wanted] of [
  ["nothing", {}, []],
  ["the test", { [deep]: 'import { a } from "./a.ts"; a();' }, [deep]],
  ["what it imports", { "packages/a/src/a.ts": 'import { b } from "@dingi/b"; b;' }, [deep]],
  ["what another package has, imported by way of its index", { "packages/b/src/b.ts": "export const b = 2;" }, [deep]],
  ["a program that it starts", { "packages/a/src/program.ts": "" }, [lone]],
  ["a module that nobody imports", { "packages/b/src/new.ts": "" }, []],
  ["data, which any test may read", { "test/data.json": "[]" }, [deep, lone]],
  ["a new file of data", { "test/more.yml": "" }, [deep, lone]],
])
  test(`a change of ${title} runs ${wanted.length} of 2 tests again`, () => assert.deepEqual(affected(change), wanted));

test("another Node runs all again", () => assert.deepEqual(affected({}, "another node"), TESTS));

test("what has passed is remembered", (t) => {
  const root = mkdtempSync(join(tmpdir(), "passed-"));
  t.after(() => rmSync(root, { recursive: true }));
  new PassedTests(root).add(["one", "two"]);
  const later = new PassedTests(root);
  assert.deepEqual([later.has("one"), later.has("three")], [true, false]);
});
