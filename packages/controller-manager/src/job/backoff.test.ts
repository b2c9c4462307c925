import assert from "node:assert/strict";
import { test } from "node:test";
import { finishedAt, recordFailures, remainingForIndexMs, remainingMs } from "./backoff.ts";
import { at, NOW, podOf } from "./job-fixture.ts";

const failed = (uid: string, finishedAgo: number) => podOf(uid, { phase: "Failed", finishedAgo });
const succeeded = (uid: string, finishedAgo: number) => podOf(uid, { phase: "Succeeded", finishedAgo });

test("failures since the last success delay the next pod, ten seconds first and ten minutes at most", () => {
  assert.equal(remainingMs({ failures: 0, lastMs: NOW }, NOW), 0);
  const waits = [1, 2, 3, 6, 7, 100].map((failures) => remainingMs({ failures, lastMs: NOW - 1000 }, NOW));
  assert.deepEqual(waits, [9000, 19_000, 39_000, 319_000, 599_000, 599_000]);
});

test("a success forgets the failures before it", () => {
  const one = recordFailures(undefined, [], [failed("a", 50)]);
  assert.deepEqual(one, { failures: 1, lastMs: NOW - 50_000 });
  const three = recordFailures(one, [], [failed("b", 20), failed("c", 30)]);
  assert.deepEqual(three, { failures: 3, lastMs: NOW - 20_000 });
  assert.deepEqual(recordFailures(three, [], []), three);
  assert.deepEqual(recordFailures(three, [succeeded("d", 10)], []), { failures: 0, lastMs: 0 });
  const mixed = recordFailures(three, [succeeded("d", 25)], [failed("e", 30), failed("f", 20)]);
  assert.deepEqual(mixed, { failures: 1, lastMs: NOW - 20_000 });
});

test("each index waits for its own failures", () => {
  assert.equal(remainingForIndexMs(undefined, NOW), 0);
  const pod = podOf("a", { phase: "Failed", index: 0, finishedAgo: 5, failuresBefore: 1 });
  assert.equal(remainingForIndexMs(pod, NOW), 15_000);
});

test("a pod ended when its last container did, or else when it was last ready, or deleted", () => {
  assert.equal(finishedAt(failed("a", 7)), NOW - 7000);
  const bare = { ...failed("a", 7), status: { phase: "Failed" } };
  assert.equal(finishedAt(bare), NOW - 60_000);
  const deleted = { ...bare, metadata: { ...bare.metadata, deletionTimestamp: at(5), deletionGracePeriodSeconds: 30 } };
  assert.equal(finishedAt(deleted), NOW - 35_000);
  const unready = { ...bare, status: { conditions: [{ type: "Ready", status: "False", lastTransitionTime: at(3) }] } };
  assert.equal(finishedAt(unready), NOW - 3000);
  const sidecar = { name: "s", image: "i", restartPolicy: "Always" };
  const running = { name: "s", ready: true, restartCount: 0, image: "i", imageID: "", state: { running: {} } };
  const beside = {
    ...failed("a", 7),
    spec: { containers: [], initContainers: [sidecar] },
    status: { ...failed("a", 7).status, initContainerStatuses: [running] },
  };
  assert.equal(finishedAt(beside), NOW - 40_000);
});
