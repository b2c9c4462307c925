import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFlags } from "./known-flags.ts";

test("flags that somebody reads are taken, with dashes in front or without", () => {
  assert.deepEqual(parseFlags(["node-monitor-period=1s", "--max-requests-inflight=10"]), {
    "node-monitor-period": "1s",
    "max-requests-inflight": "10",
  });
});

const REFUSED: readonly (readonly [texts: readonly string[], says: RegExp])[] = [
  [["foo=bar"], /^--flag knows no "foo"; there are node-monitor-period, /],
  [["constructor=1"], /^--flag knows no "constructor"; there are /],
  [["node-monitor-period"], /^--flag takes name=value, .* not "node-monitor-period"$/],
  [["node-monitor-period=soon"], /^--node-monitor-period takes a duration such as 40s, not "soon"$/],
  [["max-requests-inflight=-1"], /^--max-requests-inflight takes a whole number, not "-1"$/],
  [["max-requests-inflight="], /^--max-requests-inflight takes a whole number, not ""$/],
  [["controllers=*,-pods"], /^"pods" is not in the list of known controllers$/],
  [["enable-admission-plugins=A, B"], /^--enable-admission-plugins takes names with commas between them, not "A, B"$/],
  [["audit-policy-file=policy.yml"], /^--audit-policy-file takes an absolute path, not "policy.yml"$/],
  [["leader-elect=yes"], /^--leader-elect takes true or false, not "yes"$/],
  [["node-monitor-period=1s", "node-monitor-period=2s"], /gives "node-monitor-period" twice/],
];

for (const [texts, says] of REFUSED)
  test(`"${texts.join('", "')}" is refused`, () => {
    assert.throws(() => parseFlags(texts), { message: says });
  });
