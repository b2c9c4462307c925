import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "./laws/law.mjs";
import { processesOf, wrongWords } from "./run-tests.mjs";

test("parts of paths and options that are known are understood", () => {
  assert.equal(wrongWords([]), undefined);
  assert.equal(wrongWords(["--fast", "--changed", "run-tests", "e2e/machine"]), undefined);
});

for (const [args, says] of [
  [["run-tests", "nowhere-at-all"], 'No test has "nowhere-at-all" in its path'],
  [["--slow"], 'There is no option "--slow"; there are --fast, --e2e, --changed, and parts of paths'],
])
  test(`${args.join(" ")} does not pass for tests that passed`, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "tools/run-tests.mjs"), ...args], {
      encoding: "utf8",
    });
    assert.deepEqual([status, stdout, stderr], [2, "", `${says}\n`]);
  });

test("files of one package share processes, none of which has too many", () => {
  const files = [
    "packages/a/src/x/1.test.ts",
    ...[1, 2, 3, 4, 5].map((i) => `packages/b/src/${i}.test.ts`),
    "tools/c.mjs",
  ];
  assert.deepEqual(processesOf(files, 3), [
    ["packages/b/src/1.test.ts", "packages/b/src/3.test.ts", "packages/b/src/5.test.ts"],
    ["packages/b/src/2.test.ts", "packages/b/src/4.test.ts"],
    ["packages/a/src/x/1.test.ts"],
    ["tools/c.mjs"],
  ]);
});

test("what fails is shown, and an error that nobody waited for fails, too", () => {
  const directory = mkdtempSync(join(tmpdir(), "dingi-run-"));
  const preload = join(ROOT, "tools/follow-nothing.mjs");
  const run = (name, text) => {
    writeFileSync(join(directory, name), `import { test } from "node:test";\n${text}`);
    const args = ["--import", preload, "--test", "--test-isolation=none", join(directory, name)];
    return spawnSync(process.execPath, args, { encoding: "utf8" }).status;
  };
  try {
    assert.equal(run("good.test.mjs", 'test("a", async () => {});'), 0);
    assert.equal(run("bad.test.mjs", 'test("a", async () => { throw new Error("no"); });'), 1);
    const forgotten = "void Promise.resolve().then(() => { throw new Error('no'); });";
    assert.notEqual(run("forgotten.test.mjs", `test("a", () => { ${forgotten} });`), 0);
    const late = "setTimeout(() => { throw new Error('no'); }, 10);";
    assert.notEqual(run("late.test.mjs", `test("a", () => { ${late} });`), 0);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
