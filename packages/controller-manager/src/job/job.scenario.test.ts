import assert from "node:assert/strict";
import { test } from "node:test";
import { Event, isJobFinished, Job, Pod, type V1Job, type V1JobSpec } from "@dingi/api";
import type { NewObject } from "@dingi/client";
import { TestCluster, testUnderFaults } from "@dingi/testing";
import { jobController } from "./job-controller.ts";
import { orphanedJobPodsController } from "./orphaned-job-pods.ts";
import { garbageCollector } from "../garbagecollector/garbage-collector.ts";

const controllers = [jobController, () => orphanedJobPodsController, garbageCollector];

const NAME = { namespace: "default", name: "sum" };
const jobOf = (script: string, spec: Partial<V1JobSpec> = {}): NewObject<V1Job> => ({
  metadata: NAME,
  spec: {
    template: {
      spec: {
        restartPolicy: "Never",
        containers: [{ name: "main", image: "registry.example/sum:1", command: ["sh", "-c", script] }],
      },
    },
    ...spec,
  },
});

async function finished({ admin }: TestCluster): Promise<V1Job | undefined> {
  const job = await admin.get(Job, NAME);
  return isJobFinished(job) ? job : undefined;
}

const saidBy = ({ status }: V1Job) =>
  (status.conditions ?? []).map(({ type, status: value, reason }) => `${type}=${value} ${reason}`);

async function runToTheEnd(cluster: TestCluster): Promise<object> {
  const { admin } = cluster;
  await admin.create(Job, jobOf("sleep 2", { completions: 3, parallelism: 2 }));
  const job = await cluster.eventually(() => finished(cluster));
  const tracked = async () =>
    (await admin.list(Pod, { namespace: "default" })).items.filter(({ metadata }) => metadata.finalizers?.length);
  await cluster.eventually(async () => (await tracked()).length === 0);
  const { succeeded, failed = 0, active = 0, uncountedTerminatedPods } = job.status;
  return { said: saidBy(job), succeeded, failed, active, uncountedTerminatedPods };
}

testUnderFaults("A Job ends as it should", {
  component: "controllers",
  share: 12,
  cluster: { controllers, nodes: 1 },
  run: runToTheEnd,
  wanted: {
    said: ["SuccessCriteriaMet=True CompletionsReached", "Complete=True CompletionsReached"],
    succeeded: 3,
    failed: 0,
    active: 0,
    uncountedTerminatedPods: {},
  },
});

test("an indexed Job gives each pod its index, and fails when an index fails too often", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  const { admin } = cluster;
  const indexed = { completionMode: "Indexed", completions: 3, parallelism: 3, backoffLimitPerIndex: 1 };
  await admin.create(Job, jobOf("sleep 1; exit $JOB_COMPLETION_INDEX", indexed));
  const { status } = await cluster.eventually(() => finished(cluster), 600_000);
  assert.deepEqual(
    [status.completedIndexes, status.failedIndexes, status.succeeded, status.failed],
    ["0", "1,2", 1, 4],
  );
  const pods = (await admin.list(Pod, { namespace: "default" })).items;
  assert.deepEqual([...new Set(pods.map(({ spec }) => spec.hostname))].sort(), ["sum-0", "sum-1", "sum-2"]);
  const event = await cluster.eventually(async () => {
    const { items } = await admin.list(Event, { namespace: "default" });
    return items.find(({ reason }) => reason === "FailedIndexes");
  });
  assert.deepEqual([event.type, event.message], ["Warning", "Job has failed indexes"]);
});

test("failed pods are tried again after a growing while, until there were too many", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  const { admin } = cluster;
  await admin.create(Job, jobOf("exit 3", { backoffLimit: 2 }));
  const job = await cluster.eventually(() => finished(cluster), 600_000);
  assert.deepEqual(saidBy(job), ["FailureTarget=True BackoffLimitExceeded", "Failed=True BackoffLimitExceeded"]);
  assert.equal(job.status.failed, 3);
  const made = (await admin.list(Pod, { namespace: "default" })).items
    .map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? "") / 1000)
    .sort((a, b) => a - b);
  const [first = 0, second = 0] = made.slice(1).map((seconds, i) => seconds - made[i]!);
  assert.ok(first >= 10 && first < 14 && second >= 20 && second < 24, `${first} s, then ${second} s`);
});

test("a suspended Job lets its pods go, and begins anew", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  const { admin } = cluster;
  await admin.create(Job, jobOf("sleep 100", { parallelism: 2, completions: 2 }));
  const active = async (count: number) => ((await admin.get(Job, NAME)).status.ready ?? 0) === count;
  await cluster.eventually(() => active(2));
  const suspend = async (value: boolean) =>
    await admin.patch(Job, NAME, { spec: { suspend: value } }, { type: "merge" });
  await suspend(true);
  const suspended = await cluster.eventually(async () => {
    const job = await admin.get(Job, NAME);
    return (await active(0)) && (job.status.terminating ?? 0) === 0 ? job : undefined;
  });
  assert.deepEqual(saidBy(suspended), ["Suspended=True JobSuspended"]);
  assert.equal(suspended.status.startTime, undefined);
  await suspend(false);
  await cluster.eventually(() => active(2));
  const resumed = await admin.get(Job, NAME);
  assert.deepEqual(saidBy(resumed), ["Suspended=False JobResumed"]);
  assert.notEqual(resumed.status.startTime, undefined);
});

test("a Job that ran for too long fails, and its pods go", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  await cluster.admin.create(Job, jobOf("sleep 1000", { activeDeadlineSeconds: 20 }));
  const job = await cluster.eventually(() => finished(cluster));
  assert.deepEqual(saidBy(job), ["FailureTarget=True DeadlineExceeded", "Failed=True DeadlineExceeded"]);
});

test("pods of a Job that is gone are let go", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  const { admin } = cluster;
  await admin.create(Job, jobOf("sleep 1000"));
  await cluster.eventually(async () => (await admin.list(Pod, { namespace: "default" })).items.length === 1);
  await admin.delete(Job, NAME, { propagationPolicy: "Background" });
  await cluster.eventually(async () => (await admin.list(Pod, { namespace: "default" })).items.length === 0);
});

test("a Job that somebody else manages is left alone", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  const { admin } = cluster;
  await admin.create(Job, jobOf("true", { managedBy: "example.com/another" }));
  await cluster.pass(10_000);
  assert.equal((await admin.list(Pod, { namespace: "default" })).items.length, 0);
  assert.deepEqual((await admin.get(Job, NAME)).status, {});
});
