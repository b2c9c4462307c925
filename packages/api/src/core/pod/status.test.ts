import assert from "node:assert/strict";
import { test } from "node:test";
import { podOf } from "../../testing/objects.ts";
import {
  isPodActive,
  isPodAvailable,
  isPodPhaseTerminal,
  isPodReady,
  setPodCondition,
  type V1PodStatus,
} from "./index.ts";

const NOW = "2026-01-01T00:01:00Z";
const EARLIER = "2026-01-01T00:00:00Z";

test("a condition keeps its transition time while its status stays", () => {
  const status: { conditions?: { type: string; status: string; reason?: string; lastTransitionTime?: string }[] } = {};
  assert.equal(setPodCondition(status, { type: "Ready", status: "False" }, EARLIER), true);
  assert.equal(setPodCondition(status, { type: "Ready", status: "False" }, NOW), false);
  assert.equal(setPodCondition(status, { type: "Ready", status: "False", reason: "R" }, NOW), true);
  assert.deepEqual(status.conditions, [{ type: "Ready", status: "False", reason: "R", lastTransitionTime: EARLIER }]);
  assert.equal(setPodCondition(status, { type: "Ready", status: "True" }, NOW), true);
  assert.deepEqual(status.conditions, [{ type: "Ready", status: "True", lastTransitionTime: NOW }]);
});

test("available is ready for long enough", () => {
  const ready: V1PodStatus = { conditions: [{ type: "Ready", status: "True", lastTransitionTime: EARLIER }] };
  const pod = podOf({}, ready);
  assert.equal(isPodReady(pod), true);
  assert.equal(isPodAvailable(pod, 60, Date.parse(NOW)), true);
  assert.equal(isPodAvailable(pod, 61, Date.parse(NOW)), false);
  assert.equal(
    isPodAvailable(podOf({}, { conditions: [{ type: "Ready", status: "True" }] }), 1, Date.parse(NOW)),
    false,
  );
  assert.equal(isPodAvailable(podOf({}), 0, 0), false);
});

test("what has ended is not active, nor what is deleted", () => {
  assert.ok(isPodPhaseTerminal("Failed") && isPodPhaseTerminal("Succeeded") && !isPodPhaseTerminal("Running"));
  assert.equal(isPodActive(podOf({}, { phase: "Running" })), true);
  assert.equal(isPodActive(podOf({}, { phase: "Failed" })), false);
  const deleted = podOf({}, { phase: "Running" });
  assert.equal(isPodActive({ ...deleted, metadata: { ...deleted.metadata, deletionTimestamp: NOW } }), false);
});
