import { ConfigMap, Deployment, Lease, Namespace, Pod, ReplicaSet, Secret, ServiceAccount } from "@dingi/api";
import { isNotFound } from "@dingi/apimachinery";
import { testUnderFaults, type TestCluster } from "@dingi/testing";
import { namespaceController } from "./namespace-controller.ts";
import { deploymentController } from "../deployment/deployment-controller.ts";
import { replicaSetController } from "../replicaset/replicaset-controller.ts";
import { garbageCollector } from "../garbagecollector/garbage-collector.ts";

const controllers = [() => namespaceController, () => deploymentController, replicaSetController, garbageCollector];

const namespace = "doomed";

async function fill({ admin }: TestCluster): Promise<void> {
  await admin.create(Namespace, { metadata: { name: namespace } } as never);
  for (const name of ["a", "b", "c"]) {
    await admin.create(ConfigMap, { metadata: { namespace, name }, data: {} });
    await admin.create(Secret, { metadata: { namespace, name } });
    await admin.create(Lease, { metadata: { namespace, name } } as never);
  }
  const labels = { app: "web" };
  const spec = { containers: [{ name: "main", image: "registry.example/web:1" }] };
  const template = { metadata: { labels }, spec };
  const deployment = { replicas: 2, selector: { matchLabels: labels }, template };
  await admin.create(Deployment, { metadata: { namespace, name: "web" }, spec: deployment } as never);
}

/** A namespace full of things is made, comes to life, and is deleted. */
async function liveAndDie(cluster: TestCluster): Promise<object> {
  const { admin } = cluster;
  await fill(cluster);
  await cluster.eventually(async () => {
    const { status } = await admin.get(Deployment, { namespace, name: "web" });
    return status.availableReplicas === 2;
  });
  await admin.delete(Namespace, { namespace: "", name: namespace });
  await cluster.eventually(() => isGone(cluster));
  const kinds = [ConfigMap, Secret, Lease, Deployment, ReplicaSet, Pod, ServiceAccount] as never[];
  const left = await Promise.all(kinds.map(async (kind) => (await admin.list(kind, { namespace })).items.length));
  return { left: left.reduce((sum, count) => sum + count, 0) };
}

async function isGone({ admin }: TestCluster): Promise<boolean> {
  try {
    await admin.get(Namespace, { namespace: "", name: namespace });
    return false;
  } catch (error) {
    if (isNotFound(error)) return true;
    throw error;
  }
}

testUnderFaults("A namespace that is deleted leaves nothing", {
  component: "controllers",
  share: 25,
  cluster: { controllers, nodes: 1 },
  run: liveAndDie,
  wanted: { left: 0 },
});
