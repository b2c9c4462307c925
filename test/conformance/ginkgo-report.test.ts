import assert from "node:assert/strict";
import { test } from "node:test";
import { resultsOf } from "./ginkgo-report.ts";

const spec = (text: string, more: object) => ({
  ContainerHierarchyTexts: ["[sig-x]", "Thing"],
  LeafNodeType: "It",
  LeafNodeText: text,
  State: "passed",
  RunTime: 1_500_000_000,
  ...more,
});
const name = (text: string) => `[sig-x] Thing ${text}`;
const report = (...specs: object[]) => JSON.stringify([{ SpecReports: specs }]);

test("passed, failed, timed out and panicked tests are told apart, with the first reason", () => {
  const json = report(
    spec("a", {}),
    spec("b", { State: "failed", Failure: { Message: "Expected\n    1\nto be 2" } }),
    spec("c", { State: "timedout", Failure: { Message: "A suite timeout occurred" } }),
    spec("d", { State: "panicked", Failure: { Message: "Test Panicked", ForwardedPanic: "nil map" } }),
  );
  assert.deepEqual(
    resultsOf(json, ["a", "b", "c", "d"].map(name)).map(({ outcome, reason, seconds }) => [outcome, reason, seconds]),
    [
      ["passed", "", 1.5],
      ["failed", "Expected 1 to be 2", 1.5],
      ["failed", "A suite timeout occurred", 1.5],
      ["failed", "Test Panicked nil map", 1.5],
    ],
  );
});

test("a test that skips itself is skipped; one that was not reached is not run; neither has passed", () => {
  const json = report(
    spec("a", { State: "skipped", Failure: { Message: "Requires at least 2 nodes" } }),
    spec("b", { State: "skipped", Failure: {} }),
    spec("c", { State: "pending" }),
  );
  assert.deepEqual(
    resultsOf(json, ["a", "b", "c", "d"].map(name)).map(({ outcome }) => outcome),
    ["skipped", "not run", "not run", "not run"],
  );
});

test("without a report nothing was run", () => {
  assert.deepEqual(resultsOf(undefined, [name("a")]), [
    { name: name("a"), outcome: "not run", seconds: 0, reason: "" },
  ]);
});

test("when the suite's own beginning failed, its reason stands at every test", () => {
  const setUp = { LeafNodeType: "SynchronizedBeforeSuite", LeafNodeText: "", State: "failed", RunTime: 1 };
  const json = report({ ...setUp, Failure: { Message: "no nodes" } }, spec("a", { State: "skipped" }));
  assert.deepEqual(
    resultsOf(json, [name("a"), name("b")]).map(({ reason }) => reason),
    ["no nodes", "no nodes"],
  );
});
