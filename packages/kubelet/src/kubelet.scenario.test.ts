import { Pod, type V1Pod } from "@dingi/api";
import { testUnderFaults, type TestCluster } from "@dingi/testing";

const POD = { namespace: "default", name: "work" };
const END = { "simulated.dingi.dev/runs-seconds": "5", "simulated.dingi.dev/exit-code": "3" };

/** A pod that fails once a restart is due, is restarted, and is deleted gracefully. */
async function liveAndDie(cluster: TestCluster): Promise<object> {
  const { admin } = cluster;
  const spec = { containers: [{ name: "main", image: "registry.example/web:1" }], terminationGracePeriodSeconds: 5 };
  await admin.create(Pod, { metadata: { ...POD, annotations: END }, spec } as never);
  const restarted = await cluster.eventually<V1Pod | undefined>(async () => {
    const pod = await admin.get(Pod, POD);
    return (pod.status.containerStatuses?.[0]?.restartCount ?? 0) >= 1 ? pod : undefined;
  });
  await admin.delete(Pod, POD);
  await cluster.eventually(async () => (await admin.list(Pod, { namespace: "default" })).items.length === 0);
  const sandboxes = await cluster.nodes[0]!.cri.runtime.listPodSandbox({});
  return { ...lastEndOf(restarted), sandboxes: sandboxes.filter(({ state }) => state === "SANDBOX_READY").length };
}

function lastEndOf({ status, spec }: V1Pod): object {
  const { exitCode, reason } = status.containerStatuses?.[0]?.lastState?.terminated ?? {};
  return { node: spec.nodeName, exitCode, reason };
}

testUnderFaults("A pod's life on its node ends as it should", {
  component: "node",
  share: 5,
  cluster: { nodes: 1 },
  run: liveAndDie,
  wanted: { node: "node-1", exitCode: 3, reason: "Error", sandboxes: 0 },
});
