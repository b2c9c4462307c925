import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ControllerRevision,
  DaemonSet,
  Deployment,
  isJobFinished,
  Job,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
} from "@dingi/api";
import { TestCluster } from "@dingi/testing";

const namespace = "default";
const workload = (name: string, command?: readonly string[]) => {
  const labels = { app: name };
  const containers = [{ name: "main", image: "registry.example/x:1", ...(command ? { command } : {}) }];
  return {
    labels,
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
};
const WRITTEN = [
  ControllerRevision,
  DaemonSet,
  Deployment,
  Job,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
] as const;

/** Of every object that controllers keep. */
async function revisions({ admin }: TestCluster): Promise<string[]> {
  const lists = await Promise.all(WRITTEN.map((kind) => admin.list(kind as typeof Pod, { namespace })));
  return lists.flatMap(({ items }) =>
    items.map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.resourceVersion}`),
  );
}

test("nothing is written while nothing changes", async () => {
  await using cluster = await TestCluster.start({ nodes: 1 });
  const { admin } = cluster;
  const spec = (name: string) => workload(name).spec;
  await admin.create(Deployment, { metadata: { namespace, name: "d" }, spec: spec("d") });
  await admin.create(StatefulSet, { metadata: { namespace, name: "s" }, spec: { ...spec("s"), serviceName: "s" } });
  await admin.create(DaemonSet, { metadata: { namespace, name: "ds" }, spec: spec("ds") });
  const { template } = spec("rc");
  const rc = { selector: { app: "rc" }, template };
  await admin.create(ReplicationController, { metadata: { namespace, name: "rc" }, spec: rc });
  const budget = { selector: { matchLabels: { app: "s" } }, maxUnavailable: 1 };
  await admin.create(PodDisruptionBudget, { metadata: { namespace, name: "b" }, spec: budget });
  const restartPolicy = "Never";
  const job = (name: string, command: readonly string[]) => {
    const pod = workload(name, command).spec.template.spec;
    return { metadata: { namespace, name }, spec: { template: { spec: { ...pod, restartPolicy } } } };
  };
  await admin.create(Job, job("over", ["true"]));
  await admin.create(Job, job("running", ["sleep", "100000"]));
  await cluster.eventually(async () => isJobFinished(await admin.get(Job, { namespace, name: "over" })));
  await cluster.pass(30_000);
  const before = await revisions(cluster);
  assert.equal(before.length, 16);
  await cluster.pass(60_000);
  assert.deepEqual(await revisions(cluster), before);
});
