import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { ROOT } from "./laws/law.mjs";

// Below packages/, because types are looked up from there.
const directory = mkdtempSync(join(ROOT, "packages/base/.lint-"));
after(() => rmSync(directory, { recursive: true }));

const CASES = {
  "any.ts": ["no-explicit-any", "export const a: any = 1;\n"],
  "default-export.ts": ["no-default-export", "export default 1;\n"],
  "equality.ts": ["eqeqeq", "export const e = (a: number, b: number) => a == b;\n"],
  "namespace.ts": ["no-namespace", "export namespace N {\n  export const a = 1;\n}\n"],
  "parameter-property.ts": [
    "parameter-properties",
    "export class C {\n  constructor(private readonly a: number) {}\n}\n",
  ],
  "floating.ts": [
    "no-floating-promises",
    "async function f(): Promise<void> {}\nexport function g(): void {\n  f();\n}\n",
  ],
  "console.ts": ["no-console", 'console.log("a");\nexport {};\n'],
  "type-import.ts": ["consistent-type-imports", 'import { Stats } from "node:fs";\nexport type S = Stats;\n'],
};

test("the linter catches what the house style forbids", () => {
  for (const [name, [, text]] of Object.entries(CASES)) writeFileSync(join(directory, name), text);
  const args = ["--type-aware", "--no-ignore", "-c", join(ROOT, ".oxlintrc.json"), "-f", "json", directory];
  const oxlint = spawnSync(join(ROOT, "node_modules/.bin/oxlint"), args, { cwd: ROOT, encoding: "utf8" });
  const { diagnostics } = JSON.parse(oxlint.stdout);
  for (const [name, [rule]] of Object.entries(CASES)) {
    const found = diagnostics.filter(({ filename }) => filename.endsWith(`/${name}`)).map(({ code }) => code);
    assert.ok(
      found.some((code) => code.includes(rule)),
      `${name}: found ${found.join(", ") || "nothing"}, not ${rule}`,
    );
  }
});
