import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1PodFailurePolicyRule } from "@dingi/api";
import { parseIntervals } from "./index-intervals.ts";
import { podOf } from "./job-fixture.ts";
import { matchFailure } from "./pod-failure-policy.ts";
import { matchSuccess } from "./success-policy.ts";

const onCodes = (
  action: string,
  operator: string,
  values: number[],
  containerName?: string,
): V1PodFailurePolicyRule => ({
  action,
  onExitCodes: { operator, values, containerName },
});

test("the first rule that matches says what a failed pod means", () => {
  const pod = podOf("p", { phase: "Failed", exitCode: 42 });
  const disrupted = { ...pod, status: { phase: "Failed", conditions: [{ type: "DisruptionTarget", status: "True" }] } };
  const onDisruption = { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] };
  const table: readonly (readonly [V1PodFailurePolicyRule[], object])[] = [
    [[], { counts: true }],
    [[onCodes("Ignore", "In", [1, 42])], { counts: false, action: "Ignore" }],
    [[onCodes("Ignore", "In", [1])], { counts: true }],
    [[onCodes("Count", "NotIn", [1])], { counts: true, action: "Count" }],
    [[onCodes("FailIndex", "NotIn", [42])], { counts: true }],
    [[onCodes("FailIndex", "In", [42], "other")], { counts: true }],
    [[onDisruption, onCodes("FailIndex", "In", [42])], { counts: true, action: "FailIndex" }],
    [
      [onCodes("Ignore", "In", [7]), onCodes("FailJob", "In", [42])],
      {
        counts: true,
        action: "FailJob",
        message: "Container c for pod ns/p failed with exit code 42 matching FailJob rule at index 1",
      },
    ],
  ];
  for (const [rules, wanted] of table) assert.deepEqual(matchFailure({ rules }, pod), wanted, JSON.stringify(rules));
  assert.deepEqual(matchFailure({ rules: [onDisruption] }, disrupted), { counts: false, action: "Ignore" });
  const failJob = { ...onDisruption, action: "FailJob" };
  assert.equal(
    matchFailure({ rules: [failJob] }, disrupted).message,
    "Pod ns/p has condition DisruptionTarget matching FailJob rule at index 0",
  );
  assert.deepEqual(matchFailure(undefined, pod), { counts: true });
});

test("an exit code of 0, or none yet, matches nothing", () => {
  const rules = [onCodes("Ignore", "NotIn", [5])];
  assert.equal(matchFailure({ rules }, podOf("p", { phase: "Succeeded" })).action, undefined);
  assert.equal(matchFailure({ rules }, podOf("p")).action, undefined);
});

test("a Job has succeeded by the first rule that is met", () => {
  const succeeded = parseIntervals("0-2,5", 10);
  const table: readonly (readonly [object[], string | undefined])[] = [
    [[{ succeededCount: 4 }], "Matched rules at index 0"],
    [[{ succeededCount: 5 }], undefined],
    [[{ succeededIndexes: "1,2" }], "Matched rules at index 0"],
    [[{ succeededIndexes: "1-3" }, { succeededIndexes: "5" }], "Matched rules at index 1"],
    [[{ succeededIndexes: "1-4", succeededCount: 2 }], "Matched rules at index 0"],
    [[{ succeededIndexes: "1-4", succeededCount: 3 }], undefined],
    [[{ succeededIndexes: "x" }], undefined],
  ];
  for (const [rules, wanted] of table)
    assert.equal(matchSuccess({ rules }, 10, succeeded), wanted, JSON.stringify(rules));
  assert.equal(matchSuccess({ rules: [{ succeededCount: 0 }] }, 10, []), undefined);
});
