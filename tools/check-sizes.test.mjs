import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { checkFunctions, checkSizes, END, LONG } from "./check-sizes.mjs";
import { describe } from "./laws/source-tree.mjs";

const root = mkdtempSync(join(tmpdir(), "dingi-sizes-"));
after(() => rmSync(root, { recursive: true }));
const lines = (count) => "x;\n".repeat(count);

test("files beyond the end are caught, long ones are told, generated ones are left alone", () => {
  const files = [
    describe("packages/a/src/end.ts", lines(END + 1)),
    describe("packages/a/src/long.ts", lines(LONG + 1)),
    describe("packages/a/src/fine.ts", lines(LONG)),
    describe("packages/a/src/wire.gen.ts", lines(5000)),
  ];
  const { violations, notes } = checkSizes(files);
  assert.deepEqual(
    violations.map(({ path }) => path),
    ["packages/a/src/end.ts"],
  );
  assert.equal(notes.length, 1);
  assert.match(notes[0], /long\.ts: 401 lines is long/);
});

test("functions that are too long, tangled, deep or wide are caught", () => {
  mkdirSync(join(root, "packages"));
  const branches = Array.from({ length: 21 }, (_, i) => `if (x === ${i}) return ${i};`).join("\n");
  const sources = {
    "long.ts": `export function long() {\n${"  run();\n".repeat(81)}}\n`,
    "tangled.ts": `export function tangled(x: number) {\n${branches}\nreturn -1;\n}\n`,
    "deep.ts": "export function deep() { if (a) { if (b) { if (c) { if (d) { if (e) { run(); } } } } } }\n",
    "wide.ts": "export function wide(a: 1, b: 1, c: 1, d: 1, e: 1, f: 1) { return [a, b, c, d, e, f]; }\n",
    "fine.ts": `export function fine() {\n${"  run();\n".repeat(70)}}\n`,
    "fine.test.ts": `test("long", () => {\n${"  run();\n".repeat(200)}});\n`,
  };
  for (const [name, text] of Object.entries(sources)) writeFileSync(join(root, "packages", name), text);
  const caught = checkFunctions(root, ["packages"]).map(({ path }) => path.split("/").at(-1));
  assert.deepEqual(caught.sort(), ["deep.ts", "long.ts", "tangled.ts", "wide.ts"]);
});
