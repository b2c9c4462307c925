import assert from "node:assert/strict";
import { test } from "node:test";
import { isJobFinished, Job, type V1Job } from "@dingi/api";
import { isNotFound } from "@dingi/apimachinery";
import type { NewObject } from "@dingi/client";
import { TestCluster, testUnderFaults } from "@dingi/testing";
import { ttlAfterFinishedController, untilExpired } from "./ttl-after-finished-controller.ts";
import { jobController } from "../job/job-controller.ts";
import { garbageCollector } from "../garbagecollector/garbage-collector.ts";

const controllers = [() => ttlAfterFinishedController, jobController, garbageCollector];

const NAME = { namespace: "default", name: "once" };
const containers = [{ name: "main", image: "registry.example/once:1", command: ["sleep", "1"] }];
const ONCE: NewObject<V1Job> = {
  metadata: NAME,
  spec: { ttlSecondsAfterFinished: 20, template: { spec: { restartPolicy: "Never", containers } } },
};

async function isGone({ admin }: TestCluster): Promise<boolean> {
  try {
    await admin.get(Job, NAME);
    return false;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return true;
  }
}

testUnderFaults("A Job goes once its time is over", {
  component: "controllers",
  share: 15,
  cluster: { controllers, nodes: 1 },
  async run(cluster) {
    await cluster.admin.create(Job, ONCE);
    return await cluster.eventually(() => isGone(cluster));
  },
  wanted: true,
});

test("not before, and not while it gets more time", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  const { admin } = cluster;
  await admin.create(Job, ONCE);
  await cluster.eventually(async () => isJobFinished(await admin.get(Job, NAME)));
  await cluster.pass(15_000);
  assert.equal(await isGone(cluster), false);
  await admin.patch(Job, NAME, { spec: { ttlSecondsAfterFinished: 60 } }, { type: "merge" });
  await cluster.pass(30_000);
  assert.equal(await isGone(cluster), false);
  await cluster.pass(20_000);
  assert.equal(await isGone(cluster), true);
});

test("only what is over, and says so, expires", () => {
  const lastTransitionTime = "2026-01-01T00:00:00Z";
  const job = (type: string, status = "True", metadata = {}): V1Job => ({
    metadata,
    spec: { template: {}, ttlSecondsAfterFinished: 10 },
    status: { conditions: [{ type, status, lastTransitionTime }] },
  });
  const nowMs = Date.parse(lastTransitionTime) + 4000;
  assert.equal(untilExpired(job("Complete"), nowMs), 6000);
  assert.equal(untilExpired(job("Failed"), nowMs), 6000);
  assert.equal(untilExpired(job("Failed", "False"), nowMs), undefined);
  assert.equal(untilExpired(job("Suspended"), nowMs), undefined);
  assert.equal(untilExpired(job("Complete", "True", { deletionTimestamp: lastTransitionTime }), nowMs), undefined);
  assert.equal(untilExpired({ ...job("Complete"), spec: { template: {} } }, nowMs), undefined);
});
