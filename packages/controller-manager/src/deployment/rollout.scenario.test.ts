import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Deployment,
  Event,
  Pod,
  ReplicaSet,
  type V1Deployment,
  type V1DeploymentSpec,
  type V1ReplicaSet,
} from "@dingi/api";
import { isNotFound } from "@dingi/apimachinery";
import { TestCluster, type FaultPlan } from "@dingi/testing";
import { replicaSetController } from "../replicaset/replicaset-controller.ts";
import { deploymentController } from "./deployment-controller.ts";

const namespace = "default";
const NAME = { namespace, name: "web" };
const REVISION = "deployment.kubernetes.io/revision";
const controllers = [() => deploymentController, replicaSetController];

const start = (controllersSuffer?: FaultPlan) =>
  TestCluster.start({
    controllers,
    nodes: 1,
    ...(controllersSuffer ? { faults: { controllers: controllersSuffer } } : {}),
  });

const image = (version: string) => [
  { op: "replace", path: "/spec/template/spec/containers/0/image", value: `registry.example/web:${version}` },
];
const roll = ({ admin }: TestCluster, version: string) =>
  admin.patch(Deployment, NAME, image(version), { type: "json" });
const change = ({ admin }: TestCluster, spec: Partial<V1DeploymentSpec>) =>
  admin.patch(Deployment, NAME, { spec }, { type: "merge" });

/** @param stopsSeconds How long a pod takes to end. */
const templateOf = (stopsSeconds = 0) => ({
  metadata: {
    labels: { app: "web" },
    annotations: { "simulated.dingi.dev/stops-seconds": String(stopsSeconds) },
  },
  spec: { containers: [{ name: "main", image: "registry.example/web:1" }], terminationGracePeriodSeconds: 20 },
});

async function deploy({ admin }: TestCluster, spec: Partial<V1DeploymentSpec> = {}, annotations = {}): Promise<void> {
  const whole = { replicas: 2, selector: { matchLabels: { app: "web" } }, template: templateOf(), ...spec };
  await admin.create(Deployment, { metadata: { ...NAME, annotations }, spec: whole });
}

const deploymentOf = ({ admin }: TestCluster) => admin.get(Deployment, NAME);
async function isDone(cluster: TestCluster): Promise<boolean> {
  const { metadata, spec, status } = await deploymentOf(cluster);
  const counts = [status.replicas, status.updatedReplicas, status.availableReplicas];
  return status.observedGeneration === metadata.generation && counts.every((count) => (count ?? 0) === spec.replicas);
}
const done = (cluster: TestCluster) => cluster.eventually(() => isDone(cluster));

/** "image replicas", in the order of their revisions. */
async function setsOf({ admin }: TestCluster): Promise<V1ReplicaSet[]> {
  const { items } = await admin.list(ReplicaSet, { namespace });
  const revision = ({ metadata }: V1ReplicaSet) => Number(metadata.annotations?.[REVISION]);
  return items.toSorted((a, b) => revision(a) - revision(b));
}
const summary = async (cluster: TestCluster) =>
  (await setsOf(cluster)).map(({ metadata, spec }) => {
    const [, version] = spec.template?.spec?.containers[0]?.image?.split(":") ?? [];
    return `${metadata.annotations?.[REVISION]}: version ${version}, ${spec.replicas}`;
  });
const progressOf = ({ status }: V1Deployment) => status.conditions?.find(({ type }) => type === "Progressing");

/** In the order in which it was told: a list has the order of names, which say no more of one moment. */
async function told({ admin }: TestCluster): Promise<string[]> {
  const { items } = await admin.list(Event, { namespace });
  const inOrder = items.toSorted((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion));
  const scaling = inOrder.filter(({ reason }) => reason === "ScalingReplicaSet");
  return scaling.map(({ message = "" }) => message.replace(/web-[a-z0-9]+/, "web"));
}

test("revisions count up, and going back takes the set that was there", async () => {
  await using cluster = await start();
  await deploy(cluster, {}, { "example.org/team": "blue" });
  await done(cluster);
  await roll(cluster, "2");
  await done(cluster);
  assert.deepEqual(await summary(cluster), ["1: version 1, 0", "2: version 2, 2"]);
  await roll(cluster, "1");
  await done(cluster);
  assert.deepEqual(await summary(cluster), ["2: version 2, 0", "3: version 1, 2"]);
  const { metadata } = await deploymentOf(cluster);
  assert.equal(metadata.annotations?.[REVISION], "3");
  const [, newest] = await setsOf(cluster);
  assert.equal(newest?.metadata.annotations?.["deployment.kubernetes.io/revision-history"], "1");
  assert.equal(newest?.metadata.annotations?.["example.org/team"], "blue");
  assert.equal(newest?.metadata.annotations?.["deployment.kubernetes.io/desired-replicas"], "2");
  assert.equal(newest?.metadata.annotations?.["deployment.kubernetes.io/max-replicas"], "3");
  assert.equal(newest?.metadata.ownerReferences?.[0]?.uid, metadata.uid);
  assert.equal(
    newest?.spec.selector?.matchLabels?.["pod-template-hash"],
    newest?.metadata.labels?.["pod-template-hash"],
  );
});

test("what a set has of the deployment follows it without a new revision", async () => {
  await using cluster = await start();
  await deploy(cluster);
  await done(cluster);
  await change(cluster, { minReadySeconds: 5 });
  await cluster.eventually(async () => (await setsOf(cluster))[0]?.spec.minReadySeconds === 5);
  const annotations = { "example.org/team": "red" };
  await cluster.admin.patch(Deployment, NAME, { metadata: { annotations } }, { type: "merge" });
  await cluster.eventually(
    async () => (await setsOf(cluster))[0]?.metadata.annotations?.["example.org/team"] === "red",
  );
  assert.equal((await setsOf(cluster)).length, 1);
});

test("as many old sets stay as the limit says, the newest of them", async () => {
  await using cluster = await start();
  await deploy(cluster, { revisionHistoryLimit: 1 });
  for (const version of ["2", "3", "4"]) {
    await done(cluster);
    await roll(cluster, version);
  }
  await done(cluster);
  await cluster.pass(3000);
  assert.deepEqual(await summary(cluster), ["3: version 3, 0", "4: version 4, 2"]);
});

test("a rolling update has never fewer available nor more altogether than it may", async () => {
  await using cluster = await start();
  const rollingUpdate = { maxSurge: 1, maxUnavailable: 0 };
  await deploy(cluster, { replicas: 3, strategy: { type: "RollingUpdate", rollingUpdate }, minReadySeconds: 2 });
  await done(cluster);
  await roll(cluster, "2");
  await cluster.eventually(async () => {
    const wanted = (await setsOf(cluster)).reduce((sum, { spec }) => sum + (spec.replicas ?? 0), 0);
    assert.ok(wanted <= 4, `${wanted} were asked for`);
    const { status } = await deploymentOf(cluster);
    return (status.availableReplicas ?? 0) >= 3 && (await isDone(cluster));
  });
  assert.deepEqual(await summary(cluster), ["1: version 1, 0", "2: version 2, 3"]);
  assert.deepEqual((await told(cluster)).slice(0, 4), [
    "Scaled up replica set web from 0 to 3",
    "Scaled up replica set web from 0 to 1",
    "Scaled down replica set web from 3 to 2",
    "Scaled up replica set web from 1 to 2",
  ]);
});

test("recreating ends all old pods before the first new one", async () => {
  await using cluster = await start();
  await deploy(cluster, { strategy: { type: "Recreate" }, template: templateOf(5) });
  await done(cluster);
  await roll(cluster, "2");
  const images = new Set<string>();
  await cluster.eventually(async () => {
    const { items } = await cluster.admin.list(Pod, { namespace });
    images.add([...new Set(items.map(({ spec }) => spec.containers[0]?.image))].join(" and "));
    return items.length === 2 && (await isDone(cluster));
  });
  assert.ok(
    [...images].every((seen) => !seen.includes("and")),
    [...images].join(", "),
  );
  assert.deepEqual(await summary(cluster), ["1: version 1, 0", "2: version 2, 2"]);
  await change(cluster, { replicas: 3 });
  await done(cluster);
  await roll(cluster, "1");
  await done(cluster);
  assert.deepEqual(await summary(cluster), ["2: version 2, 0", "3: version 1, 3"]);
});

test("recreating with nothing wanted makes an empty set, which grows when something is", async () => {
  await using cluster = await start();
  await deploy(cluster, { strategy: { type: "Recreate" }, replicas: 0 });
  await cluster.eventually(async () => (await setsOf(cluster)).length === 1);
  await roll(cluster, "2");
  await cluster.eventually(async () => (await setsOf(cluster)).length === 2);
  await change(cluster, { replicas: 1 });
  await done(cluster);
  assert.deepEqual(await summary(cluster), ["1: version 1, 0", "2: version 2, 1"]);
});

test("while it is paused a deployment is resized and not rolled", async () => {
  await using cluster = await start();
  await deploy(cluster);
  await done(cluster);
  await change(cluster, { paused: true });
  await roll(cluster, "2");
  await cluster.pass(5000);
  assert.deepEqual(await summary(cluster), ["1: version 1, 2"]);
  const paused = progressOf(await deploymentOf(cluster));
  assert.deepEqual([paused?.status, paused?.reason], ["Unknown", "DeploymentPaused"]);
  await change(cluster, { replicas: 3 });
  await cluster.eventually(async () => (await summary(cluster))[0] === "1: version 1, 3");
  await change(cluster, { paused: false });
  await done(cluster);
  assert.deepEqual(await summary(cluster), ["1: version 1, 0", "2: version 2, 3"]);
});

test("what is resized in the middle of a rollout keeps both versions in proportion", async () => {
  await using cluster = await start();
  const rollingUpdate = { maxSurge: 1, maxUnavailable: 0 };
  await deploy(cluster, { replicas: 3, strategy: { type: "RollingUpdate", rollingUpdate } });
  await done(cluster);
  // Of a version that never becomes ready.
  await change(cluster, { minReadySeconds: 500 });
  await roll(cluster, "2");
  await cluster.eventually(async () => (await summary(cluster))[1] === "2: version 2, 1");
  await change(cluster, { replicas: 7 });
  await cluster.eventually(async () => (await summary(cluster)).join() === "1: version 1, 6,2: version 2, 2");
  await change(cluster, { replicas: 0 });
  await cluster.eventually(async () => (await summary(cluster)).join() === "1: version 1, 0,2: version 2, 0");
});

test("what does not get on in its time is late, until it gets on", async () => {
  await using cluster = await start();
  await deploy(cluster, { progressDeadlineSeconds: 20, minReadySeconds: 10 });
  await done(cluster);
  assert.equal(progressOf(await deploymentOf(cluster))?.reason, "NewReplicaSetAvailable");
  await roll(cluster, "2");
  await change(cluster, { minReadySeconds: 19 });
  await done(cluster);
  await change(cluster, { progressDeadlineSeconds: 10, minReadySeconds: 9 });
  await cluster.admin.patch(
    Deployment,
    NAME,
    [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: "gone.invalid/web:1" }],
    { type: "json" },
  );
  await cluster.pass(8000);
  assert.equal(progressOf(await deploymentOf(cluster))?.reason, "ReplicaSetUpdated");
  await cluster.pass(6000);
  const late = progressOf(await deploymentOf(cluster));
  const name = (await setsOf(cluster)).at(-1)?.metadata.name;
  assert.deepEqual(
    [late?.status, late?.reason, late?.message],
    ["False", "ProgressDeadlineExceeded", `ReplicaSet "${name}" has timed out progressing.`],
  );
  await roll(cluster, "3");
  await done(cluster);
  const { status, reason } = progressOf(await deploymentOf(cluster))!;
  assert.deepEqual([status, reason], ["True", "NewReplicaSetAvailable"]);
});

test("a set that cannot be made is told of, and made when it can", async () => {
  let refuses = true;
  await using cluster = await start(({ method, path }) =>
    refuses && method === "POST" && path.endsWith("/replicasets") ? { type: "lose" } : undefined,
  );
  await deploy(cluster);
  const failed = await cluster.eventually(async () => progressOf(await deploymentOf(cluster)));
  assert.deepEqual([failed.status, failed.reason], ["False", "ReplicaSetCreateError"]);
  assert.match(failed.message ?? "", /^Failed to create new replica set "web-[a-z0-9]+": The network lost a message$/);
  refuses = false;
  await done(cluster);
});

test("a set of the same name that is somebody else's makes it take another name", async () => {
  await using cluster = await start();
  await deploy(cluster, { paused: true });
  await cluster.pass(1000);
  await change(cluster, { paused: false });
  await done(cluster);
  const [own] = await setsOf(cluster);
  const { name } = own!.metadata;
  await cluster.admin.delete(Deployment, NAME, { propagationPolicy: "Orphan" }).catch(() => {});
  await cluster.admin.delete(ReplicaSet, { namespace, name: name! });
  for (const { metadata } of (await cluster.admin.list(Pod, { namespace })).items)
    await cluster.admin.delete(Pod, { namespace, name: metadata.name! }, { gracePeriodSeconds: 0 });
  const labels = { app: "other" };
  const template = { metadata: { labels }, spec: own!.spec.template!.spec! };
  await cluster.admin.patch(Deployment, NAME, { metadata: { finalizers: null } }, { type: "merge" }).catch(() => {});
  await cluster.admin.create(ReplicaSet, {
    metadata: { namespace, name: name! },
    spec: { replicas: 0, selector: { matchLabels: labels }, template },
  });
  await deploy(cluster);
  await done(cluster);
  const sets = (await setsOf(cluster)).filter(({ metadata }) => metadata.name !== name);
  assert.equal(sets.length, 1);
  assert.equal((await deploymentOf(cluster)).status.collisionCount, 1);
});

test("a deployment that is being deleted makes nothing any more", async () => {
  await using cluster = await start();
  await deploy(cluster);
  await done(cluster);
  await cluster.admin.delete(Deployment, NAME, { propagationPolicy: "Foreground" });
  await roll(cluster, "2");
  await cluster.pass(3000);
  assert.deepEqual(await summary(cluster), ["1: version 1, 2"]);
  await cluster.admin.patch(Deployment, NAME, { metadata: { finalizers: null } }, { type: "merge" });
  await assert.rejects(deploymentOf(cluster), isNotFound);
  await cluster.pass(3000);
  assert.deepEqual(await summary(cluster), ["1: version 1, 2"]);
});
