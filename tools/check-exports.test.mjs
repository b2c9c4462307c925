import assert from "node:assert/strict";
import { test } from "node:test";
import { checkExports } from "./check-exports.mjs";
import { describe } from "./laws/source-tree.mjs";

const said = (modules) =>
  checkExports(Object.entries(modules).map(([path, text]) => describe(path, text))).map(
    ({ path, line, message }) => `${path}:${line}: ${message}`,
  );

test("what another module imports may be exported, whatever passes it on", () => {
  const modules = {
    "packages/a/src/index.ts": 'export * from "./one.ts";\nexport { two as deux } from "./two.ts";',
    "packages/a/src/one.ts": "export interface One {}\nexport const one = 1;",
    "packages/a/src/two.ts": "export function two() {}",
    "packages/b/src/b.ts": 'import { deux, one as eins, type One } from "@dingi/a";',
  };
  assert.deepEqual(said(modules), []);
});

test("an export that nobody imports is caught, and what to do about it depends on its own module", () => {
  const text = "export const used = 1;\nexport const unused = 2;\nconst other = [...used];";
  assert.deepEqual(said({ "packages/a/src/a.ts": text }), [
    'packages/a/src/a.ts:1: Nothing imports "used": it needs no "export"',
    'packages/a/src/a.ts:2: Nobody uses "unused"',
  ]);
});

test("what only tests use is caught, unless it is there for tests or is a part of what is tested", () => {
  const testFile = (from) => `import { x } from "${from}";`;
  const dead = { "packages/a/src/a.ts": "export const x = 1;", "packages/a/src/a.test.ts": testFile("./a.ts") };
  assert.deepEqual(said(dead), ['packages/a/src/a.ts:1: Only tests use "x": it goes, or becomes part of them']);
  const part = { ...dead, "packages/a/src/a.ts": "export const x = 1;\nrun(x);" };
  assert.deepEqual(said(part), []);
  const fixture = {
    "packages/a/src/a-fixture.ts": "export const x = 1;",
    "packages/a/src/a.test.ts": testFile("./a-fixture.ts"),
  };
  assert.deepEqual(said(fixture), []);
});

test("a module that is imported whole, or by a path that runs later, is used whole", () => {
  const modules = {
    "packages/a/src/a.ts": "export const x = 1;",
    "packages/a/src/worker.ts": "export const y = 1;",
    "packages/b/src/b.ts": 'import * as a from "../../a/src/a.ts";\nnew URL("../../a/src/worker.ts", import.meta.url);',
  };
  assert.deepEqual(said(modules), []);
});

test("the index of a package that others install is used by them", () => {
  const modules = {
    "packages/client/src/index.ts": 'export * from "./client.ts";',
    "packages/client/src/client.ts": "export class Client {}",
    "packages/client/src/inner.ts": "export class Inner {}",
  };
  assert.deepEqual(said(modules), ['packages/client/src/inner.ts:1: Nobody uses "Inner"']);
});

test("what a shell script asks a module for is used", () => {
  const file = describe("test/a.ts", "export const FLAGS = 1;");
  assert.equal(checkExports([file]).length, 1);
  assert.deepEqual(checkExports([file], 'node -e "import(x).then((m) => m.FLAGS)"'), []);
});
