import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1JobSpec, V1JobStatus, V1Pod } from "@dingi/api";
import { at, jobOf, NOW, podOf } from "./job-fixture.ts";
import { viewOf } from "./job-view.ts";
import { verdictOn } from "./verdict.ts";

const reasonOf = (spec: Partial<V1JobSpec>, pods: readonly V1Pod[], status: V1JobStatus = {}): string | undefined =>
  verdictOn(viewOf({ job: jobOf(spec, status), pods, nowMs: NOW }))?.reason;
const failed = (count: number, seen = {}) =>
  Array.from({ length: count }, (_, i) => podOf(`f${i}`, { phase: "Failed", ...seen }));

test("more failures than the limit end the Job, those that are ignored do not", () => {
  assert.equal(reasonOf({ backoffLimit: 2 }, failed(2)), undefined);
  assert.equal(reasonOf({ backoffLimit: 2 }, failed(3)), "BackoffLimitExceeded");
  assert.equal(reasonOf({ backoffLimit: 2 }, failed(1), { failed: 2 }), "BackoffLimitExceeded");
  const uncountedTerminatedPods = { failed: ["f0", "gone"] };
  assert.equal(reasonOf({ backoffLimit: 2 }, failed(1), { uncountedTerminatedPods }), undefined);
  const rules = [{ action: "Ignore", onExitCodes: { operator: "In", values: [1] } }];
  assert.equal(reasonOf({ backoffLimit: 2, podFailurePolicy: { rules } }, failed(9)), undefined);
  assert.equal(reasonOf({ backoffLimit: 0 }, [podOf("a", { phase: "Failed", isTracked: false })]), undefined);
});

test("a pod that was deleted has failed, unless only failed pods are replaced", () => {
  const deleted = [podOf("a", { isDeleted: true })];
  assert.equal(reasonOf({ backoffLimit: 0 }, deleted), "BackoffLimitExceeded");
  assert.equal(reasonOf({ backoffLimit: 0, podReplacementPolicy: "Failed" }, deleted), undefined);
});

test("restarts on the node count where pods are restarted there", () => {
  const template = { spec: { containers: [], restartPolicy: "OnFailure" } };
  const restarted = (restarts: number) => [podOf("a", { restarts })];
  assert.equal(reasonOf({ template, backoffLimit: 3 }, restarted(2)), undefined);
  assert.equal(reasonOf({ template, backoffLimit: 3 }, restarted(3)), "BackoffLimitExceeded");
  assert.equal(reasonOf({ template, backoffLimit: 0 }, restarted(0)), undefined);
  assert.equal(reasonOf({ template, backoffLimit: 0 }, restarted(1)), "BackoffLimitExceeded");
  assert.equal(reasonOf({ backoffLimit: 3 }, restarted(9)), undefined);
});

test("the deadline counts from the start, and not while the Job is suspended", () => {
  assert.equal(reasonOf({ activeDeadlineSeconds: 101 }, []), undefined);
  assert.equal(reasonOf({ activeDeadlineSeconds: 100 }, []), "DeadlineExceeded");
  assert.equal(reasonOf({ activeDeadlineSeconds: 100, suspend: true }, []), undefined);
  assert.equal(reasonOf({ activeDeadlineSeconds: 1 }, [], { startTime: undefined }), undefined);
});

test("what was told before holds, whatever came after", () => {
  const told = (type: string, status = "True") => ({ conditions: [{ type, status, reason: "Before", message: "m" }] });
  assert.equal(reasonOf({ backoffLimit: 0 }, failed(1), told("SuccessCriteriaMet")), "Before");
  assert.equal(reasonOf({ backoffLimit: 0 }, failed(1), told("FailureTarget")), "Before");
  assert.equal(reasonOf({ backoffLimit: 0 }, failed(1), told("FailureTarget", "False")), "BackoffLimitExceeded");
});

test("a rule that fails the Job comes before the limit", () => {
  const rules = [{ action: "FailJob", onExitCodes: { operator: "In", values: [1] } }];
  assert.equal(reasonOf({ backoffLimit: 0, podFailurePolicy: { rules } }, failed(1)), "PodFailurePolicy");
});

test("indexes that fail end the Job when there are too many, or when no other is left", () => {
  const indexed = { completionMode: "Indexed", backoffLimitPerIndex: 1, backoffLimit: 99, completions: 3 };
  const spent = (index: number) => podOf(`f${index}`, { phase: "Failed", index, failuresBefore: 1 });
  assert.equal(reasonOf(indexed, [spent(0)]), undefined);
  assert.equal(reasonOf(indexed, [podOf("f", { phase: "Failed", index: 0 })], { completedIndexes: "1,2" }), undefined);
  assert.equal(reasonOf(indexed, [spent(0)], { completedIndexes: "1,2" }), "FailedIndexes");
  assert.equal(reasonOf({ ...indexed, maxFailedIndexes: 1 }, [spent(0), spent(1)]), "MaxFailedIndexesExceeded");
  const rules = [{ action: "FailIndex", onExitCodes: { operator: "In", values: [1] } }];
  const policy = { ...indexed, backoffLimitPerIndex: 5, maxFailedIndexes: 0, podFailurePolicy: { rules } };
  assert.equal(reasonOf(policy, [podOf("f", { phase: "Failed", index: 0 })]), "MaxFailedIndexesExceeded");
});

test("an indexed Job succeeds early by its policy", () => {
  const spec = { completionMode: "Indexed", successPolicy: { rules: [{ succeededIndexes: "1" }] } };
  assert.equal(reasonOf(spec, [podOf("a", { phase: "Succeeded", index: 0 })]), undefined);
  assert.equal(reasonOf(spec, [podOf("a", { phase: "Succeeded", index: 1 })]), "SuccessPolicy");
  assert.equal(at(0), new Date(NOW).toISOString());
});
