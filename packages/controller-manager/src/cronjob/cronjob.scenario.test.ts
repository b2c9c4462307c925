import assert from "node:assert/strict";
import { test } from "node:test";
import { CronJob, Event, isJobFinished, Job, type V1CronJob, type V1CronJobSpec } from "@dingi/api";
import type { NewObject } from "@dingi/client";
import { TestCluster, testUnderFaults } from "@dingi/testing";
import { cronJobController } from "./cronjob-controller.ts";
import { jobController } from "../job/job-controller.ts";
import { garbageCollector } from "../garbagecollector/garbage-collector.ts";

const controllers = [() => cronJobController, jobController, garbageCollector];

const NAME = { namespace: "default", name: "tick" };
const MINUTE_MS = 60_000;
const PATIENCE_MS = 10 * MINUTE_MS;

const tick = (script: string, spec: Partial<V1CronJobSpec> = {}): NewObject<V1CronJob> => {
  const containers = [{ name: "main", image: "registry.example/tick:1", command: ["sh", "-c", script] }];
  const template = { spec: { restartPolicy: "OnFailure", containers } };
  const jobTemplate = { metadata: { labels: { of: "tick" } }, spec: { template } };
  return { metadata: NAME, spec: { schedule: "* * * * *", jobTemplate, ...spec } };
};

const jobsOf = async ({ admin }: TestCluster) => (await admin.list(Job, { namespace: "default" })).items;

async function reasons({ admin }: TestCluster): Promise<(string | undefined)[]> {
  const { items } = await admin.list(Event, { namespace: "default" });
  return items.filter(({ involvedObject }) => involvedObject.kind === "CronJob").map(({ reason }) => reason);
}

/** One Job, of which it learns that it is over. */
async function runOnce(cluster: TestCluster): Promise<object> {
  const { admin } = cluster;
  await admin.create(CronJob, tick("sleep 1"));
  const { status } = await cluster.eventually(async () => {
    const cronJob = await admin.get(CronJob, NAME);
    return cronJob.status.lastSuccessfulTime ? cronJob : undefined;
  }, PATIENCE_MS);
  const jobs = await jobsOf(cluster);
  const scheduled = Date.parse(status.lastScheduleTime ?? "") / MINUTE_MS;
  return { jobs: jobs.map(({ metadata }) => metadata.name === `tick-${scheduled}`), active: status.active ?? [] };
}

testUnderFaults("A CronJob starts one Job when it is time", {
  component: "controllers",
  share: 15,
  cluster: { controllers, nodes: 1 },
  run: runOnce,
  wanted: { jobs: [true], active: [] },
});

test("a Job says what time it is for, and whose it is", async () => {
  await using cluster = await TestCluster.start({ controllers });
  const { admin } = cluster;
  await admin.create(CronJob, tick("sleep 1", { timeZone: "Asia/Tokyo" }));
  const [job] = await cluster.eventually(async () => {
    const jobs = await jobsOf(cluster);
    return jobs.length > 0 ? jobs : undefined;
  });
  const at = Number(job!.metadata.name?.slice("tick-".length)) * MINUTE_MS;
  const scheduled = job!.metadata.annotations?.["batch.kubernetes.io/cronjob-scheduled-timestamp"] ?? "";
  assert.match(scheduled, /^[0-9-]+T[0-9:]+\+09:00$/);
  assert.equal(Date.parse(scheduled), at);
  assert.equal(job!.metadata.labels?.["of"], "tick");
  assert.deepEqual(
    job!.metadata.ownerReferences?.map(({ kind, name, controller }) => [kind, name, controller]),
    [["CronJob", "tick", true]],
  );
  await cluster.eventually(async () => (await reasons(cluster)).includes("SuccessfulCreate"));
  const { status } = await admin.get(CronJob, NAME);
  assert.deepEqual(
    status.active?.map(({ name }) => name),
    [job!.metadata.name],
  );
});

test("of finished Jobs as many stay as the limit says", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1 });
  await cluster.admin.create(CronJob, tick("sleep 1", { successfulJobsHistoryLimit: 1 }));
  await cluster.pass(4 * MINUTE_MS);
  const jobs = await jobsOf(cluster);
  assert.equal(jobs.filter(isJobFinished).length, 1);
  assert.ok((await reasons(cluster)).includes("SuccessfulDelete"));
});

test("a Job that goes on is waited for, replaced or joined, as the policy says", async () => {
  const jobsAfter = async (concurrencyPolicy: string) => {
    await using cluster = await TestCluster.start({ controllers, nodes: 1 });
    await cluster.admin.create(CronJob, tick("sleep 10000", { concurrencyPolicy }));
    await cluster.pass(3 * MINUTE_MS + 10_000);
    return [(await jobsOf(cluster)).length, (await reasons(cluster)).includes("JobAlreadyActive")];
  };
  assert.deepEqual(await jobsAfter("Forbid"), [1, true]);
  assert.deepEqual(await jobsAfter("Replace"), [1, false]);
  assert.deepEqual(await jobsAfter("Allow"), [3, false]);
});

test("an active Job that somebody deleted is forgotten", async () => {
  await using cluster = await TestCluster.start({ controllers });
  const { admin } = cluster;
  await admin.create(CronJob, tick("sleep 1", { concurrencyPolicy: "Forbid" }));
  const active = async () => (await admin.get(CronJob, NAME)).status.active?.[0]?.name;
  const name = await cluster.eventually(active);
  await admin.delete(Job, { namespace: "default", name }, { propagationPolicy: "Background" });
  await cluster.eventually(async () => (await active()) !== name);
  await cluster.eventually(async () => (await reasons(cluster)).includes("MissingJob"));
});
