import assert from "node:assert/strict";
import { test } from "node:test";
import { CronJob, Event, Job, type V1CronJobSpec, type V1Job } from "@dingi/api";
import { TestCluster, type FaultPlan } from "@dingi/testing";
import { cronJobController } from "./cronjob-controller.ts";

const namespace = "default";
const NAME = { namespace, name: "tick" };
const MINUTE_MS = 60_000;

const start = (suffer?: FaultPlan) =>
  TestCluster.start({
    controllers: [() => cronJobController],
    parts: ["controllers"],
    ...(suffer ? { faults: { controllers: suffer } } : {}),
  });
const template = { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "i" }] } };
const create = ({ admin }: TestCluster, spec: Partial<V1CronJobSpec> = {}) =>
  admin.create(CronJob, {
    metadata: NAME,
    spec: { schedule: "* * * * *", jobTemplate: { spec: { template } }, ...spec },
  });
const change = ({ admin }: TestCluster, spec: Partial<V1CronJobSpec>) =>
  admin.patch(CronJob, NAME, { spec }, { type: "merge" });
const jobsOf = async ({ admin }: TestCluster) => (await admin.list(Job, { namespace })).items;
const count = async (cluster: TestCluster) => (await jobsOf(cluster)).length;
const statusOf = async ({ admin }: TestCluster) => (await admin.get(CronJob, NAME)).status;
async function told({ admin }: TestCluster, reason: string): Promise<(string | undefined)[]> {
  const { items } = await admin.list(Event, { namespace });
  return items.filter((event) => event.reason === reason).map(({ message }) => message);
}

/** As the Job's controller would. */
async function finish({ admin, clock }: TestCluster, job: V1Job, type: "Complete" | "Failed"): Promise<void> {
  const now = new Date(clock.now()).toISOString().replace(/\.\d+/, "");
  const before = { Complete: "SuccessCriteriaMet", Failed: "FailureTarget" }[type];
  const conditions = [before, type].map((one) => ({
    type: one,
    status: "True",
    lastTransitionTime: now,
    lastProbeTime: now,
  }));
  const startTime = job.status.startTime ?? now;
  const status = { conditions, startTime, ...(type === "Complete" ? { completionTime: now } : {}) };
  await admin.patch(Job, { namespace, name: job.metadata.name! }, { status }, { type: "merge", subresource: "status" });
}
const unfinished = async (cluster: TestCluster) => (await jobsOf(cluster)).filter(({ status }) => !status.conditions);

test("while it is suspended no time comes", async () => {
  await using cluster = await start();
  await create(cluster, { suspend: true });
  await cluster.pass(3 * MINUTE_MS);
  assert.equal(await count(cluster), 0);
  await change(cluster, { suspend: false, startingDeadlineSeconds: 10 });
  await cluster.pass(MINUTE_MS);
  assert.equal(await count(cluster), 1);
});

test("of Jobs that are over, those that succeeded and those that failed are kept as the limits say, the latest", async () => {
  await using cluster = await start();
  await create(cluster, { successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 2 });
  for (const type of ["Failed", "Complete", "Failed", "Complete", "Failed"] as const) {
    await cluster.eventually(async () => (await unfinished(cluster)).length > 0);
    for (const job of await unfinished(cluster)) await finish(cluster, job, type);
  }
  await change(cluster, { suspend: true });
  await cluster.pass(2000);
  const left = (await jobsOf(cluster)).toSorted((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
  assert.deepEqual(
    left.map(({ status }) => status.conditions?.at(-1)?.type),
    ["Failed", "Complete", "Failed"],
  );
  assert.equal((await told(cluster, "SuccessfulDelete")).length, 2);
  const { active = [], lastSuccessfulTime } = await statusOf(cluster);
  assert.equal(active.length, 0);
  assert.equal(lastSuccessfulTime, left[1]?.status.completionTime);
  const seen = await told(cluster, "SawCompletedJob");
  assert.deepEqual([seen.length, seen.filter((text) => text?.endsWith("condition: Failed")).length], [5, 3]);
});

test("what was missed for longer than the deadline is let be, and told", async () => {
  let away = false;
  await using cluster = await start(({ method, path }) =>
    away && method === "POST" && path.endsWith("/jobs") ? { type: "lose" } : undefined,
  );
  await create(cluster, { schedule: "*/10 * * * *", startingDeadlineSeconds: 30 });
  away = true;
  await cluster.pass(10 * MINUTE_MS + 20_000);
  assert.ok((await told(cluster, "FailedCreate")).length > 0);
  await cluster.pass(MINUTE_MS);
  away = false;
  await cluster.pass(5 * MINUTE_MS);
  assert.equal(await count(cluster), 0);
  await cluster.pass(5 * MINUTE_MS);
  assert.equal(await count(cluster), 1);
});

test("a Job of its own that it does not know of is told of, and counted by nobody", async () => {
  await using cluster = await start();
  await create(cluster, { schedule: "0 0 1 1 *" });
  const cronJob = await cluster.admin.get(CronJob, NAME);
  const owner = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    name: NAME.name,
    uid: cronJob.metadata.uid!,
    controller: true,
  };
  await cluster.admin.create(Job, {
    metadata: { namespace, name: "by-hand", ownerReferences: [owner] },
    spec: { template },
  });
  await cluster.eventually(async () => (await told(cluster, "UnexpectedJob")).length > 0);
  assert.deepEqual(await told(cluster, "UnexpectedJob"), [
    "Saw a job that the controller did not create or forgot: by-hand",
  ]);
  assert.deepEqual((await statusOf(cluster)).active ?? [], []);
});

test("a Job of that name that is somebody else's is left alone", async () => {
  await using cluster = await start();
  const minute = Math.ceil((cluster.clock.now() + 1) / MINUTE_MS);
  await cluster.admin.create(Job, { metadata: { namespace, name: `tick-${minute}` }, spec: { template } });
  await create(cluster);
  await cluster.pass(MINUTE_MS + 2000);
  assert.equal(await count(cluster), 1);
  assert.deepEqual((await statusOf(cluster)).active ?? [], []);
});

test("a time zone decides when it is time, and a schedule that names one itself is told of", async () => {
  await using cluster = await start();
  await create(cluster, { schedule: "30 5 * * *", timeZone: "Asia/Kolkata" });
  const untilMidnight = 24 * 60 * MINUTE_MS - (cluster.clock.now() % (24 * 60 * MINUTE_MS));
  await cluster.clock.advance(untilMidnight - MINUTE_MS);
  await cluster.pass(30_000);
  assert.equal(await count(cluster), 0);
  await cluster.pass(MINUTE_MS);
  assert.equal(await count(cluster), 1);
});

test("a CronJob that is being deleted starts nothing", async () => {
  await using cluster = await start();
  await create(cluster);
  await cluster.admin.delete(CronJob, NAME, { propagationPolicy: "Foreground" });
  await cluster.pass(3 * MINUTE_MS);
  assert.equal(await count(cluster), 0);
});

test("a Job that cannot be replaced is told of, and replaced when it can", async () => {
  let away = false;
  await using cluster = await start(({ method }) => (away && method === "DELETE" ? { type: "lose" } : undefined));
  await create(cluster, { concurrencyPolicy: "Replace" });
  const [first] = await cluster.eventually(async () => {
    const jobs = await jobsOf(cluster);
    return jobs.length > 0 ? jobs : undefined;
  });
  away = true;
  await cluster.eventually(async () => (await told(cluster, "FailedDelete")).length > 0);
  assert.deepEqual(await told(cluster, "FailedDelete"), ["Deleted job: The network lost a message"]);
  away = false;
  await cluster.eventually(async () => {
    const jobs = await jobsOf(cluster);
    return jobs.length === 1 && jobs[0]!.metadata.name !== first!.metadata.name;
  });
  assert.equal((await statusOf(cluster)).active?.length, 1);
});
