import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1JobSpec, V1JobStatus, V1Pod } from "@dingi/api";
import { jobOf, NOW, podOf } from "./job-fixture.ts";
import { viewOf } from "./job-view.ts";
import { countReleased, trackPods } from "./tracking.ts";
import { COMPLETED, type Verdict } from "./verdict.ts";

function tracked(
  spec: Partial<V1JobSpec>,
  pods: readonly V1Pod[],
  { status = {}, verdict }: { readonly status?: V1JobStatus; readonly verdict?: Verdict } = {},
) {
  const job = jobOf(spec, status);
  const tracking = trackPods(viewOf({ job, pods, nowMs: NOW }), verdict, job.status);
  return { ...tracking, release: tracking.release.map(({ metadata }) => metadata.name) };
}
const FAILING: Verdict = { succeeds: false, isTold: false, reason: "", message: "" };

test("pods that have ended are told of before they go", () => {
  const pods = [podOf("s", { phase: "Succeeded" }), podOf("f", { phase: "Failed" }), podOf("r")];
  const { status, release, isPartial } = tracked({}, pods);
  assert.deepEqual(status.uncountedTerminatedPods, { succeeded: ["s"], failed: ["f"] });
  assert.deepEqual([release, isPartial], [["s", "f"], false]);
  assert.deepEqual([status.succeeded, status.failed], [0, 0]);
});

test("pods that were told of are counted once they have lost their finalizer, and once only", () => {
  const before: V1JobStatus = { succeeded: 1, uncountedTerminatedPods: { succeeded: ["a", "b"], failed: ["c"] } };
  assert.deepEqual(countReleased(before, new Set(["b"])), {
    succeeded: 2,
    failed: 1,
    uncountedTerminatedPods: { succeeded: ["b"] },
  });
  const told = { uncountedTerminatedPods: { failed: ["f"] } };
  const { status, release } = tracked({}, [podOf("f", { phase: "Failed" })], { status: told });
  assert.deepEqual([status.uncountedTerminatedPods, release], [{ failed: ["f"] }, ["f"]]);
  const gone = tracked({}, [podOf("f", { phase: "Failed", isTracked: false })], { status: told });
  assert.deepEqual([gone.status.failed, gone.status.uncountedTerminatedPods, gone.release], [1, {}, []]);
});

test("of a Job that fails all that did not succeed have failed, of one that succeeds nothing more is counted", () => {
  const pods = [podOf("r"), podOf("s", { phase: "Succeeded" })];
  const failing = tracked({}, pods, { verdict: FAILING });
  assert.deepEqual(failing.status.uncountedTerminatedPods, { succeeded: ["s"], failed: ["r"] });
  const succeeding = tracked({}, pods, { verdict: COMPLETED });
  assert.deepEqual(succeeding.status.uncountedTerminatedPods, { succeeded: ["s"] });
  assert.deepEqual(succeeding.release, ["r", "s"]);
});

test("failures that a rule ignores are not counted", () => {
  const rules = [{ action: "Ignore", onExitCodes: { operator: "In", values: [1] } }];
  const { status, release } = tracked({ podFailurePolicy: { rules } }, [podOf("f", { phase: "Failed" })]);
  assert.deepEqual([status.uncountedTerminatedPods, release], [{}, ["f"]]);
});

test("of an indexed Job indexes are told of in place of pods", () => {
  const indexed = { completionMode: "Indexed", completions: 5 };
  const ended = (index: number) => podOf(`s${index}`, { phase: "Succeeded", index });
  const status = { completedIndexes: "0", succeeded: 1 };
  const told = tracked(indexed, [ended(2), ended(1), ended(0), ended(9)], { status });
  assert.deepEqual(
    [told.status.completedIndexes, told.status.succeeded, told.status.uncountedTerminatedPods],
    ["0-2", 3, {}],
  );
  assert.deepEqual(told.release, ["s0", "s1", "s2", "s9"]);
  const smaller = tracked({ ...indexed, completions: 2 }, [], { status: { completedIndexes: "0-3", succeeded: 4 } });
  assert.deepEqual([smaller.status.completedIndexes, smaller.status.succeeded], ["0,1", 2]);
});

test("a failed pod stays until another one carries its count on", () => {
  const spec = { completionMode: "Indexed", backoffLimitPerIndex: 3, completions: 2 };
  const failed = podOf("f", { phase: "Failed", index: 0 });
  assert.deepEqual(tracked(spec, [failed]).release, []);
  assert.deepEqual(tracked(spec, [failed, podOf("r", { index: 0 })]).release, ["f"]);
  const spent = tracked(spec, [podOf("f", { phase: "Failed", index: 0, failuresBefore: 3 })]);
  assert.deepEqual([spent.release, spent.status.failedIndexes], [["f"], "0"]);
});

test("not more than five hundred are told of at once", () => {
  const pods = Array.from({ length: 600 }, (_, i) => podOf(`p${i}`, { phase: "Succeeded" }));
  const { status, release, isPartial } = tracked({ completions: 600 }, pods);
  assert.deepEqual([status.uncountedTerminatedPods?.succeeded?.length, release.length, isPartial], [500, 500, true]);
});
