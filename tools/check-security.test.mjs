import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSecurity } from "./check-security.mjs";

const FILES = { "packages/a.test.ts": 'test("x (CVE-2020-1)")' };
const messages = (page) => checkSecurity(page, (path) => FILES[path]).map(({ line, message }) => `${line}: ${message}`);

test("a row that names a test that is there passes", () => {
  assert.deepEqual(
    messages("# x\n| CVE-2020-1 | was | `packages/a.test.ts` |\n| Users | all | `packages/a.test.ts` |"),
    [],
  );
});

test("a vulnerability that no test names, and a test that is gone, are caught", () => {
  assert.deepEqual(messages("| CVE-2020-1 | was | nowhere |"), ["1: CVE-2020-1 is held by no test"]);
  assert.deepEqual(messages("\n| CVE-2020-2 | was | `packages/a.test.ts` |"), [
    '2: "packages/a.test.ts" has no test of CVE-2020-2',
  ]);
  assert.deepEqual(messages("| Users | all | `test/b.e2e.ts` |"), ['1: There is no "test/b.e2e.ts"']);
});

test("what stands beside the tables is no row", () => {
  assert.deepEqual(messages("CVE-2020-9 is not ours, see `packages/none.ts`"), []);
});
