import assert from "node:assert/strict";
import { test } from "node:test";
import { checkCycles } from "./check-cycles.mjs";
import { describe } from "./laws/source-tree.mjs";

const check = (files) => checkCycles(Object.entries(files).map(([path, text]) => describe(path, text)));

test("modules that import each other are caught, by the shortest way round", () => {
  const found = check({
    "packages/a/src/one.ts": 'import "./two.ts";',
    "packages/a/src/two.ts": 'import "./three.ts"; import "./four.ts";',
    "packages/a/src/three.ts": 'import "./two.ts";',
    "packages/a/src/four.ts": 'import type { One } from "./one.ts";',
  });
  assert.equal(found.length, 1);
  assert.match(
    found[0].message,
    /two\.ts → packages\/a\/src\/three\.ts → packages\/a\/src\/two\.ts|three\.ts → packages\/a\/src\/two\.ts → packages\/a\/src\/three\.ts/,
  );
});

test("a way round through a package's index is caught", () => {
  const found = check({
    "packages/a/src/index.ts": 'export * from "./one.ts";',
    "packages/a/src/one.ts": 'import "@dingi/b";',
    "packages/b/src/index.ts": 'import type { One } from "@dingi/a";',
  });
  assert.equal(found.length, 1);
});

test("a module that imports itself is caught", () => {
  assert.equal(check({ "packages/a/src/one.ts": 'import "./one.ts";' }).length, 1);
});

test("trees, lazy imports and generated types are no cycles", () => {
  const found = check({
    "packages/a/src/one.ts": 'import "./two.ts"; import "./three.ts";',
    "packages/a/src/two.ts": 'import "./three.ts";',
    "packages/a/src/three.ts": 'await import("./one.ts");',
    "packages/a/src/four.gen.ts": 'import type { Five } from "./five.gen.ts";',
    "packages/a/src/five.gen.ts": 'import type { Four } from "./four.gen.ts";',
  });
  assert.deepEqual(found, []);
});
