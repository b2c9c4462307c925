import { Pod } from "@dingi/api";
import { testUnderFaults, type TestCluster } from "@dingi/testing";

const COUNT = 6;

/** Pods that nobody may share a node with, one for each node. */
async function spreadOut(cluster: TestCluster): Promise<object> {
  const { admin } = cluster;
  const labels = { app: "alone" };
  const term = { labelSelector: { matchLabels: labels }, topologyKey: "kubernetes.io/hostname" };
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  for (let i = 0; i < COUNT; i++) {
    const spec = { containers: [{ name: "main", image: "registry.example/web:1" }], affinity };
    await admin.create(Pod, { metadata: { namespace: "default", name: `p${i}`, labels }, spec } as never);
  }
  const pods = async () => (await admin.list(Pod, { namespace: "default" })).items;
  await cluster.eventually(async () => (await pods()).every(({ status }) => status.phase === "Running"));
  return { nodes: new Set((await pods()).map(({ spec }) => spec.nodeName)).size };
}

testUnderFaults("Pods that must be alone are each on a node of their own", {
  component: "scheduler",
  share: 3,
  cluster: { nodes: COUNT },
  run: spreadOut,
  wanted: { nodes: COUNT },
});
