import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Job, V1Pod } from "@dingi/api";
import type { FailureRecord } from "./backoff.ts";
import { jobOf, NOW, podOf } from "./job-fixture.ts";
import { viewOf } from "./job-view.ts";
import { planJob } from "./plan.ts";

function planned(job: V1Job, pods: readonly V1Pod[], record?: FailureRecord) {
  const { create, remove, waitMs } = planJob(viewOf({ job, pods, nowMs: NOW, record }));
  return { create: [...create], remove: remove.map(({ metadata }) => metadata.name).toSorted(), waitMs };
}
const counts = (job: V1Job, pods: readonly V1Pod[]) => {
  const { create, remove } = planned(job, pods);
  return [create.length, remove.length];
};
const running = (...uids: readonly string[]) => uids.map((uid) => podOf(uid));
const INDEXED = { completionMode: "Indexed" };

test("as many pods run as may at once, and not more than there are completions left", () => {
  assert.deepEqual(counts(jobOf(), []), [2, 0]);
  assert.deepEqual(counts(jobOf(), running("a")), [1, 0]);
  assert.deepEqual(counts(jobOf({}, { succeeded: 2 }), []), [1, 0]);
  assert.deepEqual(counts(jobOf({}, { succeeded: 2 }), running("a", "b")), [0, 1]);
  assert.deepEqual(counts(jobOf({ parallelism: 0 }), running("a")), [0, 1]);
  assert.deepEqual(counts(jobOf({ parallelism: 9999, completions: 9999 }), []), [500, 0]);
  assert.deepEqual(counts(jobOf(), [podOf("a", { phase: "Succeeded" }), podOf("b", { phase: "Succeeded" })]), [1, 0]);
});

test("without a number of completions the first success ends the making", () => {
  const job = jobOf({ completions: undefined });
  assert.deepEqual(counts(job, running("a")), [1, 0]);
  assert.deepEqual(counts(job, [podOf("a", { phase: "Succeeded" }), ...running("b")]), [0, 0]);
});

test("a suspended Job has no pods", () => {
  assert.deepEqual(planned(jobOf({ suspend: true }), running("a", "b")).remove, ["a", "b"]);
  assert.deepEqual(counts(jobOf({ suspend: true }), []), [0, 0]);
});

test("terminating pods are replaced, unless the policy waits for their end", () => {
  const pods = [podOf("a", { isDeleted: true }), podOf("b", { isDeleted: true })];
  // They count as failures, and what comes after failures has to wait.
  assert.deepEqual(planned(jobOf(), pods), { create: [], remove: [], waitMs: 15_000 });
  const longAgo = { failures: 2, lastMs: NOW - 20_000 };
  assert.equal(planned(jobOf(), [podOf("a", { isDeleted: true, isTracked: false })], longAgo).create.length, 2);
  assert.deepEqual(counts(jobOf({ podReplacementPolicy: "Failed" }), pods), [0, 0]);
  assert.deepEqual(counts(jobOf({ podReplacementPolicy: "Failed", parallelism: 3 }), pods), [1, 0]);
});

test("after failures the next pod waits", () => {
  const record = { failures: 2, lastMs: NOW - 5000 };
  assert.deepEqual(planned(jobOf(), [], record), { create: [], remove: [], waitMs: 15_000 });
  assert.deepEqual(planned(jobOf({}), running("a", "b"), record).waitMs, undefined);
});

test("the first indexes that are free are made", () => {
  const job = jobOf({ ...INDEXED, completions: 5, parallelism: 3 }, { completedIndexes: "1", succeeded: 1 });
  assert.deepEqual(planned(job, [podOf("a", { index: 0 })]).create, [2, 3]);
  const waiting = jobOf({ ...INDEXED, completions: 5, parallelism: 3, podReplacementPolicy: "Failed" });
  assert.deepEqual(planned(waiting, [podOf("a", { index: 0, isDeleted: true })]).create, [1, 2]);
});

test("of pods of the same index one stays, and those of none go", () => {
  const job = jobOf({ ...INDEXED, parallelism: 3 });
  const pods = [podOf("a", { index: 0 }), podOf("b", { index: 0 }), podOf("c"), podOf("d", { index: 7 })];
  const { remove } = planned(job, pods);
  assert.deepEqual([remove.length, remove.includes("c"), remove.includes("d")], [3, true, true]);
});

test("each index is made again when it is its turn, and not at all once it has failed", () => {
  const job = jobOf({ ...INDEXED, backoffLimitPerIndex: 2, parallelism: 3 });
  const recent = podOf("a", { index: 0, phase: "Failed", finishedAgo: 4 });
  assert.deepEqual(planned(job, [recent]), { create: [1, 2], remove: [], waitMs: 6000 });
  const others = [podOf("b", { index: 1 }), podOf("c", { index: 2 })];
  assert.deepEqual(planned(job, [recent, ...others]), { create: [], remove: [], waitMs: 6000 });
  const due = podOf("a", { index: 0, phase: "Failed", finishedAgo: 10 });
  assert.deepEqual(planned(job, [due, ...others]).create, [0]);
  const spent = podOf("a", { index: 0, phase: "Failed", finishedAgo: 1000, failuresBefore: 2 });
  assert.deepEqual(planned(job, [spent, ...others]), { create: [], remove: [], waitMs: undefined });
});
