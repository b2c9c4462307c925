import assert from "node:assert/strict";
import { test } from "node:test";
import { checkNames } from "./check-names.mjs";
import { describe } from "./laws/source-tree.mjs";

const messages = (...paths) =>
  checkNames(paths.map((path) => describe(path, ""))).map(({ path, message }) => `${path}: ${message}`);

test("names that are not kebab-case are caught", () => {
  assert.deepEqual(messages("packages/a/src/podWorker.ts"), [
    'packages/a/src/podWorker.ts: "podWorker" is not kebab-case',
  ]);
  assert.deepEqual(messages("packages/a/src/Pod/a.ts", "packages/a/src/Pod/b.ts"), [
    'packages/a/src/Pod: "Pod" is not kebab-case',
  ]);
  assert.equal(messages("packages/a/src/pod_worker.ts").length, 1);
});

test("names that say nothing are caught, as a file, a folder or a part of a name", () => {
  const empty = ["utils.ts", "string-util.ts", "helpers/a.ts", "common.ts", "misc/b.ts", "test-helper.test.ts"];
  for (const name of empty) assert.match(messages(`packages/a/src/${name}`)[0], /says nothing/);
});

test("good names pass", () => {
  const good = [
    "packages/a/src/pod-worker.ts",
    "packages/a/src/pod.gen.ts",
    "packages/a/src/x509.test.ts",
    "tools/laws/law.mjs",
    "test/e2e/up.e2e.ts",
  ];
  assert.deepEqual(messages(...good), []);
});
