import assert from "node:assert/strict";
import { test } from "node:test";
import { whyOf } from "./reasons.ts";

const OURS = [
  ["diff", 'error running kubectl: stderr: error: unknown command "diff" for "kubectl"', 'our kubectl has no "diff"'],
  ["Proxy server should work", "Expected output from kubectl proxy: EOF", 'our kubectl has no "proxy"'],
  ["Update Demo", "Timed out after 5 s", "Timed out after 5 s"],
] as const;

test("a known failure is told in one line, another in its own words", () => {
  for (const [name, reason, why] of OURS) assert.equal(whyOf(name, reason, "ours-in-theirs"), why);
});

test("upstream's program is not told to lack what ours lacks", () => {
  const [, [name, reason]] = OURS;
  assert.equal(whyOf(name, reason, "theirs-in-ours"), reason);
  const refused = 'error: resource mapping not found: no matches for kind "ReplicationController" in version "v1"';
  assert.equal(whyOf("Update Demo", refused, "theirs-in-ours"), "dingi has no ReplicationController");
});
