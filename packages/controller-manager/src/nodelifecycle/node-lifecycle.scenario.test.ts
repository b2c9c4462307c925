import assert from "node:assert/strict";
import { test } from "node:test";
import { Event, getPodCondition, Node, Pod, type V1Pod, type V1Toleration } from "@dingi/api";
import { isNotFound } from "@dingi/apimachinery";
import { TestCluster, testUnderFaults } from "@dingi/testing";
import { nodeLifecycleController } from "./node-lifecycle-controller.ts";
import { NOT_READY, UNREACHABLE } from "./plan.ts";

const controllers = [() => nodeLifecycleController({ monitorPeriodMs: 5000, monitorGraceMs: 50_000 })];
const namespace = "default";
const NODE = { namespace: "", name: "node-1" };
const GONE: V1Toleration = { key: UNREACHABLE, operator: "Exists", effect: "NoExecute" };

async function run({ admin }: TestCluster, name: string, tolerations: V1Toleration[]): Promise<void> {
  const spec = { containers: [{ name: "c", image: "registry.example/c:1" }], nodeName: NODE.name, tolerations };
  await admin.create(Pod, { metadata: { namespace, name }, spec } as never);
}
const podOf = ({ admin }: TestCluster, name: string) =>
  admin.get(Pod, { namespace, name }).catch((error: unknown): V1Pod | undefined => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
const isReady = (pod: V1Pod | undefined) => pod && getPodCondition(pod.status, "Ready")?.status === "True";

async function taintsOf({ admin }: TestCluster): Promise<string[]> {
  const { spec } = await admin.get(Node, NODE);
  return (spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
}
async function readyOf({ admin }: TestCluster): Promise<string | undefined> {
  const { status } = await admin.get(Node, NODE);
  const ready = status.conditions?.find(({ type }) => type === "Ready");
  return `${ready?.status} ${ready?.reason}`;
}

testUnderFaults("A node that falls silent loses its pods and comes back", {
  component: "controllers",
  share: 6,
  cluster: { controllers, nodes: 1, parts: ["controllers"] },
  async run(cluster) {
    await cluster.eventually(async () => (await taintsOf(cluster)).length === 0);
    await run(cluster, "leaves", [{ ...GONE, tolerationSeconds: 20 }]);
    await run(cluster, "stays", [GONE]);
    await cluster.eventually(
      async () => isReady(await podOf(cluster, "leaves")) && isReady(await podOf(cluster, "stays")),
    );
    await cluster.nodes[0]!.stopKubelet();
    await cluster.eventually(async () => (await taintsOf(cluster)).length === 2);
    const silent = { ready: await readyOf(cluster), taints: await taintsOf(cluster) };
    await cluster.eventually(async () => (await podOf(cluster, "leaves"))?.metadata.deletionTimestamp);
    const leaving = getPodCondition((await podOf(cluster, "leaves"))!.status, "DisruptionTarget")?.reason;
    const staying = getPodCondition((await podOf(cluster, "stays"))!.status, "Ready");
    const stays = (await podOf(cluster, "stays"))?.metadata.deletionTimestamp === undefined;
    cluster.nodes[0]!.startKubelet();
    await cluster.eventually(async () => (await taintsOf(cluster)).length === 0);
    await cluster.eventually(async () => (await podOf(cluster, "leaves")) === undefined);
    return { silent, leaving, staying: staying?.reason, stays };
  },
  wanted: {
    silent: {
      ready: "Unknown NodeStatusUnknown",
      taints: [`${UNREACHABLE}:NoSchedule`, `${UNREACHABLE}:NoExecute`],
    },
    leaving: "DeletionByTaintManager",
    staying: "NodeNotReady",
    stays: true,
  },
});

test("a node is silent when nothing was heard of it for the whole grace period, and is told of once", async () => {
  await using cluster = await TestCluster.start({ controllers, nodes: 1, parts: ["controllers"] });
  await cluster.eventually(async () => (await taintsOf(cluster)).length === 0);
  await run(cluster, "unready", [GONE]);
  await cluster.pass(20_000);
  await cluster.nodes[0]!.stopKubelet();
  await cluster.pass(35_000);
  assert.equal(await readyOf(cluster), "True KubeletReady");
  await cluster.pass(30_000);
  assert.equal(await readyOf(cluster), "Unknown NodeStatusUnknown");
  await cluster.pass(60_000);
  const told = (await cluster.admin.list(Event)).items.filter(({ reason }) => reason === "NodeNotReady");
  assert.deepEqual(
    told.map(({ message, count }) => [message, count]),
    [["Node node-1 status is now: NodeNotReady", 1]],
  );
});

test("what a node says of itself is enough to taint it, and pods leave at their time", async () => {
  await using cluster = await TestCluster.start({ controllers, parts: ["controllers"] });
  const { admin, clock } = cluster;
  await admin.create(Node, { metadata: { name: NODE.name } });
  const ready = (status: string) => ({ status: { conditions: [{ type: "Ready", status }] } });
  const say = async (status: string) =>
    void (await admin.patch(Node, NODE, ready(status), { type: "strategic", subresource: "status" }));
  await say("True");
  await cluster.eventually(async () => (await taintsOf(cluster)).length === 0);
  const tolerations = (tolerationSeconds: number) => [
    { key: NOT_READY, operator: "Exists", effect: "NoExecute", tolerationSeconds },
  ];
  for (const [name, seconds] of [
    ["first", 5],
    ["second", 12],
  ] as const)
    await run(cluster, name, tolerations(seconds));
  const since = clock.now();
  await say("False");
  await cluster.eventually(async () => (await taintsOf(cluster)).includes(`${NOT_READY}:NoExecute`));
  const leftAfter = async (name: string) => {
    await cluster.eventually(async () => (await podOf(cluster, name))?.metadata.deletionTimestamp);
    return Math.floor((clock.now() - since) / 1000);
  };
  assert.ok([5, 6].includes(await leftAfter("first")));
  assert.ok([12, 13].includes(await leftAfter("second")));
  const told = (await admin.list(Event)).items.filter(({ reason }) => reason === "TaintManagerEviction");
  assert.deepEqual(told.map(({ message }) => message).sort(), [
    "Marking for deletion Pod default/first",
    "Marking for deletion Pod default/second",
  ]);
});
