import assert from "node:assert/strict";
import { test } from "node:test";
import { Pod, type V1Pod } from "@dingi/api";
import type { AnyKind } from "@dingi/apimachinery";
import { FakeClock, seededRandom } from "@dingi/base";
import { OPEN_GATE } from "../admission/gate.ts";
import { planDeletion } from "./deletion.ts";

const clock = new FakeClock(Date.parse("2030-01-01T00:01:00Z"));
const context = {
  clock,
  random: seededRandom(1),
  user: { name: "admin", groups: [] },
  dryRun: false,
  warn: () => {},
  signal: new AbortController().signal,
  admission: OPEN_GATE,
};

const pod = (metadata: V1Pod["metadata"], nodeName?: string): V1Pod => ({
  metadata: { name: "a", generation: 1, ...metadata },
  spec: { containers: [], terminationGracePeriodSeconds: 30, ...(nodeName === undefined ? {} : { nodeName }) },
  status: {},
});

/** What becomes of the metadata, and whether that is the end. */
function plan(object: V1Pod, gracePeriodSeconds?: number) {
  const options = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds };
  const found = planDeletion(Pod as unknown as AnyKind, object, options, context);
  if (found.action !== "mark") return found.action;
  const { deletionTimestamp, deletionGracePeriodSeconds, generation } = found.object.metadata;
  return [deletionTimestamp, deletionGracePeriodSeconds, generation, found.removeNow];
}

test("A pod that nobody runs is gone at once, and its deletion is a change", () => {
  assert.deepEqual(plan(pod({})), ["2030-01-01T00:01:00Z", 0, 2, true]);
});

test("A pod on a node has its time; less can be asked for later, and none at all", () => {
  assert.deepEqual(plan(pod({}, "n")), ["2030-01-01T00:01:30Z", 30, 2, false]);
  const dying = pod({ deletionTimestamp: "2030-01-01T00:01:20Z", deletionGracePeriodSeconds: 30, generation: 2 }, "n");
  assert.equal(plan(dying), "pending");
  assert.deepEqual(plan(dying, 20), ["2030-01-01T00:01:10Z", 20, 2, false]);
  assert.deepEqual(plan(dying, 5), ["2030-01-01T00:01:00Z", 1, 2, false]);
  assert.deepEqual(plan(dying, 0), ["2030-01-01T00:01:00Z", 0, 2, true]);
});

test("What finalizers hold is only marked", () => {
  assert.deepEqual(plan(pod({ finalizers: ["example.com/a"] })), ["2030-01-01T00:01:00Z", 0, 2, false]);
});
