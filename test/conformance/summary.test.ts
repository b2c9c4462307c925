import assert from "node:assert/strict";
import { test } from "node:test";
import { compareSeconds } from "./comparison.ts";
import { fromTsv, headline, joinResults, toMarkdown, toTsv } from "./summary.ts";

const tests = ["a", "b", "c"].map((name) => ({
  tier: "A" as const,
  area: "x/Y",
  serial: false,
  slow: false,
  name: `[sig-x] ${name}`,
}));
const results = [
  { name: "[sig-x] a", outcome: "passed" as const, seconds: 2, reason: "" },
  { name: "[sig-x] b", outcome: "failed" as const, seconds: 3, reason: "got\t<nil> | *x*" },
];
const reported = joinResults(tests, results);
const facts = {
  against: "dingi",
  cluster: "2 nodes",
  commit: "abc",
  date: "2026-01-01",
  machine: "m",
  parallel: 4,
  wallSeconds: 9.6,
};

test("a test without a result is not run", () => {
  assert.deepEqual(
    reported.map(({ outcome }) => outcome),
    ["passed", "failed", "not run"],
  );
  assert.equal(headline(reported, 462), "1 passed, 1 failed, 1 not run of 3 selected (of 462)");
});

test("the table has a line per test and can be read again", () => {
  const text = toTsv(reported);
  assert.equal(text.trimEnd().split("\n").length, 4);
  assert.deepEqual(fromTsv(text)[1], { name: "[sig-x] b", outcome: "failed", seconds: 3 });
});

test("the document names what did not pass, with its reason as plain text", () => {
  const text = toMarkdown(reported, facts, 462);
  assert.match(text, /\| A \| 3 \| 1 \| 1 \| {2}\| 1 \|/);
  assert.match(text, /## Failed\n\n- A · \\\[sig-x\\\] b · 3 s<br>got\t&lt;nil&gt; \\\| \\\*x\\\*/);
  assert.match(text, /## Not run\n\n- A · \\\[sig-x\\\] c/);
});

test("a comparison counts what passed in both, and names what changed", () => {
  const other = toTsv(
    joinResults(tests, [
      { ...results[0]!, seconds: 1 },
      { ...results[1]!, outcome: "passed" },
    ]),
  );
  const text = compareSeconds(reported, other);
  assert.match(text, /^1 tests passed in both: 2 s here, 1 s there\n/);
  assert.match(text, /failed here, passed there: \[sig-x\] b/);
  assert.match(text, /2\.0 s here, 1\.0 s there: \[sig-x\] a/);
});
