import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checkRatchet, countBroken } from "./check-ratchet.mjs";
import { ROOT } from "./laws/law.mjs";

const flaws = (counted, allowed) => checkRatchet(counted, allowed).map(({ message }) => message.replace(/;.*/, ""));

test("limits may be broken as often as before, not more, and fewer is written down", () => {
  assert.deepEqual(flaws({ complexity: 3 }, { complexity: 3 }), []);
  assert.deepEqual(flaws({ complexity: 4 }, { complexity: 3 }), ['"complexity" is broken 4 times, 1 more than before']);
  assert.deepEqual(flaws({ complexity: 2 }, { complexity: 3 }), ['"complexity" is broken only 2 times now']);
  assert.deepEqual(flaws({ "max-depth": 1 }, {}), ['"max-depth" is broken 1 times, 1 more than before']);
});

test("what breaks the house's limits is counted", (t) => {
  const root = mkdtempSync(join(tmpdir(), "ratchet-"));
  t.after(() => rmSync(root, { recursive: true }));
  copyFileSync(join(ROOT, ".oxlintrc.json"), join(root, ".oxlintrc.json"));
  writeFileSync(
    join(root, "wide.ts"),
    "export function wide(a: 1, b: 2, c: 3, d: 4): number[] {\n  return [a, b, c, d];\n}\n",
  );
  assert.deepEqual(countBroken(root, ["max-params", "max-depth"]), { "max-params": 1, "max-depth": 0 });
});
