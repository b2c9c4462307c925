import assert from "node:assert/strict";
import { test } from "node:test";
import { roundsOf, sampleOf, testsByFile } from "./mutants.mjs";

const NUMBERS = Array.from({ length: 100 }, (_, i) => i);

test("a seed chooses the same mutants again, and another seed others", () => {
  const first = sampleOf(NUMBERS, 10, 7);
  assert.deepEqual(sampleOf(NUMBERS, 10, 7), first);
  assert.notDeepEqual(sampleOf(NUMBERS, 10, 8), first);
  assert.equal(new Set(sampleOf(NUMBERS, 100, 7)).size, 100);
  assert.equal(sampleOf(NUMBERS, 1000, 7).length, 100);
});

test("a file's tests are those that import it, by however many others", () => {
  const texts = {
    "src/a.ts": "",
    "src/b.ts": 'import { a } from "./a.ts";',
    "src/b.test.ts": 'import { b } from "./b.ts";',
    "src/c.test.ts": 'import { c } from "./c.ts";',
    "src/deep/d.test.ts": 'import { a } from "../a.ts";',
  };
  const testsOf = testsByFile(Object.keys(texts), (file) => texts[file]);
  assert.deepEqual(
    testsOf("src/a.ts"),
    ["src/deep/d.test.ts", "src/b.test.ts"].sort((x, y) => (x < y ? 1 : -1)),
  );
  assert.deepEqual(testsOf("src/c.test.ts"), ["src/c.test.ts"]);
});

test("a test of a whole cluster is one of all that the package gives to others", () => {
  const texts = {
    "packages/a/src/b.ts": "",
    "packages/a/src/index.ts": 'export { b } from "./b.ts";',
    "packages/a/src/a.scenario.test.ts": 'import { TestCluster } from "@dingi/testing";',
  };
  const testsOf = testsByFile(Object.keys(texts), (file) => texts[file]);
  assert.deepEqual(testsOf("packages/a/src/b.ts"), ["packages/a/src/a.scenario.test.ts"]);
});

test("tests of a file's own folder come before those that only start everything", () => {
  const texts = {
    "src/all.ts": 'import { a } from "./deep/a.ts";',
    "src/all.test.ts": 'import { all } from "./all.ts";',
    "src/deep/a.ts": "",
    "src/deep/b.test.ts": 'import { all } from "../all.ts";',
  };
  const testsOf = testsByFile(Object.keys(texts), (file) => texts[file]);
  assert.deepEqual(testsOf("src/deep/a.ts"), ["src/deep/b.test.ts", "src/all.test.ts"]);
});

test("the tests of a file's own folder are asked first, and those of the whole package last", () => {
  const [own, next] = ["packages/a/src/b/b.test.ts", "packages/a/src/c/c.test.ts"];
  const whole = ["packages/a/src/all.test.ts", "test/parity/a/replay.test.ts"];
  const rounds = (nearest) =>
    roundsOf("packages/a/src/b/b.ts", [own, next, "packages/a/src/d/d.test.ts", ...whole], nearest);
  assert.deepEqual(rounds(2), [[own], [next], whole]);
  assert.deepEqual(rounds(1), [[own], whole]);
  assert.deepEqual(roundsOf("packages/a/src/b.ts", [], 1), []);
});
