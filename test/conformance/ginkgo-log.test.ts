import assert from "node:assert/strict";
import { test } from "node:test";
import { resultsInLog } from "./ginkgo-log.ts";

const RULE = "------------------------------";
const LOG = `Will run 3 of 9 specs
${RULE}
• [0.045 seconds]
[sig-x] Thing works [Conformance] [sig-x, Conformance]
file.go:150

  Timeline >>
  [sig-x] Thing fails is only mentioned here
  << Timeline
${RULE}
• [FAILED] [120.5 seconds]
[sig-x] Thing [BeforeEach] fails [Conformance] [Slow] [sig-x, Slow, Conformance]
  [BeforeEach] file.go:119

  Timeline >>
  [FAILED] in [BeforeEach] - file.go:127 @ 11/21/26
  << Timeline

  [FAILED] Service "test" is invalid:
    Required value
  In [BeforeEach] at: file.go:127
${RULE}
[sig-x] Thing is serial [Conformance]
file.go:1
  STEP: something
• [3.000 seconds]
${RULE}
`;

test("what ended is read, in the forms of many processes and of one", () => {
  const names = [
    "[sig-x] Thing works [Conformance]",
    "[sig-x] Thing fails [Conformance] [Slow]",
    "[sig-x] Thing is serial [Conformance]",
    "[sig-x] Thing that crashed [Conformance]",
  ];
  assert.deepEqual(resultsInLog(LOG, names), [
    { name: names[0], outcome: "passed", seconds: 0.045, reason: "" },
    { name: names[1], outcome: "failed", seconds: 120.5, reason: 'Service "test" is invalid: Required value' },
    { name: names[2], outcome: "passed", seconds: 3, reason: "" },
  ]);
});
