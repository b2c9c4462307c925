import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Deployment, Pod, ReplicaSet, type V1Deployment } from "@dingi/api";
import type { NewObject } from "@dingi/client";
import { TestCluster, type Fault, type FaultPlan } from "@dingi/testing";

const WEB: NewObject<V1Deployment> = {
  metadata: { namespace: "default", name: "web" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "main", image: "registry.example/web:1" }] },
    },
  },
};
const NAME = { namespace: "default", name: "web" };

/** Rolls a Deployment out and to a second version; tells what there is at the end, and how many writes it took. */
async function rollOut(plan?: FaultPlan): Promise<{ readonly end: object; readonly writes: number }> {
  await using cluster = await TestCluster.start({ nodes: 1, ...(plan ? { faults: { controllers: plan } } : {}) });
  const { admin } = cluster;
  const isDone = async () => {
    const { metadata, spec, status } = await admin.get(Deployment, NAME);
    const current = status.observedGeneration === metadata.generation;
    return current && status.updatedReplicas === spec.replicas && status.availableReplicas === spec.replicas;
  };
  await admin.create(Deployment, WEB);
  await cluster.eventually(isDone);
  const image = [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: "registry.example/web:2" }];
  await admin.patch(Deployment, NAME, image, { type: "json" });
  await cluster.eventually(isDone);
  await cluster.eventually(async () => (await admin.list(Pod, { namespace: "default" })).items.length === 2);
  return { end: await endOf(cluster), writes: cluster.writes("controllers") };
}

/** What must be the same however the way there was. */
async function endOf({ admin }: TestCluster): Promise<object> {
  const sets = (await admin.list(ReplicaSet, { namespace: "default" })).items;
  const pods = (await admin.list(Pod, { namespace: "default" })).items;
  return {
    sets: sets
      .map(({ spec, status }) => [spec.template?.spec?.containers[0]?.image, spec.replicas, status.replicas])
      .sort(),
    pods: pods.map(({ spec, status }) => [spec.containers[0]?.image, status.phase]),
  };
}

const WANTED = {
  sets: [
    ["registry.example/web:1", 0, 0],
    ["registry.example/web:2", 2, 2],
  ],
  pods: [
    ["registry.example/web:2", "Running"],
    ["registry.example/web:2", "Running"],
  ],
};

const FAULTS: readonly Fault[] = [
  { type: "lose" },
  { type: "lose answer" },
  { type: "repeat" },
  { type: "delay", ms: 3000 },
  { type: "conflict" },
  { type: "refuse" },
  { type: "crash" },
];

/** One in so many writes suffers, and with each fault others. */
const SHARE = 20;
let turn = 0;
const chosen = (writes: number): readonly number[] => {
  const first = (turn++ % SHARE) + 1;
  return Array.from({ length: Math.ceil((writes - first + 1) / SHARE) }, (_, i) => first + i * SHARE);
};

describe("A rolling update ends as it should", async () => {
  const { end, writes } = await rollOut((_request, _write) => undefined);

  test("when nothing goes wrong", () => {
    assert.deepEqual(end, WANTED);
    assert.ok(writes > 10, `only ${writes} writes`);
  });

  for (const fault of FAULTS)
    test(`whichever write of the controllers suffers: ${JSON.stringify(fault)}`, async () => {
      for (const bad of chosen(writes)) {
        const { end: after } = await rollOut((_request, write) => (write === bad ? fault : undefined));
        assert.deepEqual(after, WANTED, `write ${bad}`);
      }
    });

  test("when watches are cut again and again", async () => {
    const { end: after } = await rollOut((_request, write) =>
      write === undefined ? { type: "cut", after: 2 } : undefined,
    );
    assert.deepEqual(after, WANTED);
  });
});
