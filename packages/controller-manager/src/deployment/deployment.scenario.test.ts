import { Deployment, Pod, ReplicaSet, type V1Deployment } from "@dingi/api";
import type { NewObject } from "@dingi/client";
import { testUnderFaults, type TestCluster } from "@dingi/testing";
import { deploymentController } from "./deployment-controller.ts";
import { replicaSetController } from "../replicaset/replicaset-controller.ts";

const controllers = [() => deploymentController, replicaSetController];

const NAME = { namespace: "default", name: "web" };
const WEB: NewObject<V1Deployment> = {
  metadata: NAME,
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "main", image: "registry.example/web:1" }] },
    },
  },
};
const SECOND = [{ op: "replace", path: "/spec/template/spec/containers/0/image", value: "registry.example/web:2" }];

/** To its first version and then to its second. */
async function rollOut(cluster: TestCluster): Promise<object> {
  const { admin } = cluster;
  const isDone = async () => {
    const { metadata, spec, status } = await admin.get(Deployment, NAME);
    const isCurrent = status.observedGeneration === metadata.generation;
    return isCurrent && status.updatedReplicas === spec.replicas && status.availableReplicas === spec.replicas;
  };
  await admin.create(Deployment, WEB);
  await cluster.eventually(isDone);
  await admin.patch(Deployment, NAME, SECOND, { type: "json" });
  await cluster.eventually(isDone);
  await cluster.eventually(async () => (await admin.list(Pod, { namespace: "default" })).items.length === 2);
  const sets = (await admin.list(ReplicaSet, { namespace: "default" })).items;
  const pods = (await admin.list(Pod, { namespace: "default" })).items;
  return {
    sets: sets.map(({ spec, status }) => [imageOf(spec.template?.spec), spec.replicas, status.replicas]).sort(),
    pods: pods.map(({ spec, status }) => [imageOf(spec), status.phase]),
  };
}

const imageOf = (spec: { readonly containers: readonly { readonly image?: string | undefined }[] } | undefined) =>
  spec?.containers[0]?.image;

testUnderFaults("A rolling update ends as it should", {
  component: "controllers",
  share: 20,
  cluster: { controllers, nodes: 1 },
  run: rollOut,
  wanted: {
    sets: [
      ["registry.example/web:1", 0, 0],
      ["registry.example/web:2", 2, 2],
    ],
    pods: [
      ["registry.example/web:2", "Running"],
      ["registry.example/web:2", "Running"],
    ],
  },
});
