import assert from "node:assert/strict";
import { test } from "node:test";
import { toMarkdown } from "./matrix.ts";

test("below the table stands what failed, with why, and what was left out", () => {
  const cell = { text: "1 of 2 passed", commit: "abc", date: "2026-01-01" };
  const failed = [{ name: "[sig-cli] proxy", why: "there is no proxy" }];
  const cells = { kubectl: { "ours-in-theirs": { ...cell, failed, notes: ["Switched off: this"] } } };
  assert.equal(
    toMarkdown(cells),
    [
      "# Component swap",
      "",
      "| component | upstream's in our cluster | ours in upstream's cluster |",
      "| --- | --- | --- |",
      "| kubectl | not run | 1 of 2 passed (abc, 2026-01-01) |",
      "",
      "## kubectl, ours in upstream's cluster",
      "",
      String.raw`- Failed: \[sig-cli\] proxy: there is no proxy`,
      "- Switched off: this",
      "",
    ].join("\n"),
  );
});

test("a swap in which all passed has no words below the table", () => {
  const cell = { text: "2 of 2 passed", commit: "abc", date: "2026-01-01" };
  assert.doesNotMatch(toMarkdown({ scheduler: { "theirs-in-ours": cell } }), /##/);
});
