import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "./laws/law.mjs";
import { wrongWords } from "./run-tests.mjs";

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
