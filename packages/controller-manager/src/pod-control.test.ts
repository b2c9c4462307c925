import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import { newConflict, newNotFound } from "@dingi/apimachinery";
import { createPod, deletePod, forAll, podFromTemplate, slowStart, untilAvailable } from "./pod-control.ts";

const NOW = Date.UTC(2026, 0, 2);
const owner = {
  kind: { apiVersion: "apps/v1", kind: "ReplicaSet" },
  object: { metadata: { name: "web", namespace: "ns", uid: "u" } },
};
const RESOURCE = { group: "", resource: "pods" };

function recorder(answer: () => Promise<unknown>) {
  const told: string[] = [];
  const event = (...[, type, reason, message]: string[]) => void told.push(`${type} ${reason} ${message}`);
  return { told, effects: { client: { create: answer, delete: answer }, events: { event } } as never };
}

test("what works is done in batches of one, two, four and so on", async () => {
  const running: number[] = [];
  let now = 0;
  const run = async () => {
    running.push(++now);
    await Promise.resolve();
    now--;
  };
  assert.deepEqual(await slowStart([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], run), { done: 10 });
  assert.deepEqual(running, [1, 1, 2, 1, 2, 3, 4, 1, 2, 3]);
  assert.deepEqual(await slowStart([], run), { done: 0 });
});

test("after a batch in which something failed nothing more is tried", async () => {
  const tried: number[] = [];
  const error = new Error("No");
  const run = async (one: number) => {
    tried.push(one);
    if (one === 2) throw error;
  };
  assert.deepEqual(await slowStart([1, 2, 3, 4, 5], run), { done: 2, failure: { error } });
  assert.deepEqual(tried, [1, 2, 3]);
});

test("all are tried although one fails", async () => {
  const tried: number[] = [];
  const run = async (one: number) => {
    tried.push(one);
    if (one < 3) throw new Error(`No ${one}`);
  };
  await assert.rejects(forAll([1, 2, 3], run), { message: "No 1" });
  assert.deepEqual(tried, [1, 2, 3]);
  await forAll([3, 4], run);
});

const ready = (seconds: number | undefined, status = "True"): V1Pod => ({
  metadata: {},
  spec: { containers: [] },
  status: {
    conditions: [
      {
        type: "Ready",
        status,
        ...(seconds === undefined ? {} : { lastTransitionTime: new Date(NOW - seconds * 1000).toISOString() }),
      },
    ],
  },
});

test("the next pod to be ready for long enough is waited for", () => {
  const wait = (...pods: V1Pod[]) => untilAvailable(pods, 10, NOW);
  assert.equal(wait(ready(3), ready(7)), 3000);
  assert.equal(wait(ready(10)), undefined);
  assert.equal(wait(ready(3, "False"), ready(20)), undefined);
  assert.equal(wait(ready(undefined)), undefined);
  assert.equal(wait(), undefined);
});

test("a pod is its owner's, and as the template says", () => {
  const metadata = { labels: { a: "b" }, annotations: { c: "d" }, finalizers: ["e"] };
  const pod = podFromTemplate(owner, { metadata, spec: { containers: [] } });
  const { ownerReferences, ...rest } = pod.metadata;
  assert.deepEqual(rest, { generateName: "web-", namespace: "ns", ...metadata });
  assert.deepEqual(
    ownerReferences?.map(({ uid, controller }) => [uid, controller]),
    [["u", true]],
  );
});

test("what was made and deleted is told, and what failed, but not what was gone", async () => {
  const pod = { metadata: { name: "p", namespace: "ns", uid: "1" } } as V1Pod;
  const made = recorder(() => Promise.resolve(pod));
  assert.equal(await createPod(owner, { metadata: {} } as never, made.effects), pod);
  await deletePod(owner, pod, made.effects);
  assert.deepEqual(made.told, ["Normal SuccessfulCreate Created pod: p", "Normal SuccessfulDelete Deleted pod: p"]);
  const failing = recorder(() => Promise.reject(newConflict(RESOURCE, "p", "changed")));
  await assert.rejects(createPod(owner, { metadata: {} } as never, failing.effects));
  await assert.rejects(deletePod(owner, pod, failing.effects));
  assert.deepEqual(
    failing.told.map((text) => text.split(":")[0]),
    ["Warning FailedCreate Error creating", "Warning FailedDelete Error deleting"],
  );
  const gone = recorder(() => Promise.reject(newNotFound(RESOURCE, "p")));
  await deletePod(owner, pod, gone.effects);
  assert.deepEqual(gone.told, []);
});
