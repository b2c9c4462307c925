import { Pod, ResourceClaim, ResourceClaimTemplate, type V1Pod } from "@dingi/api";
import { keyOf } from "@dingi/apimachinery";
import type { NewObject } from "@dingi/client";
import { testUnderFaults, type TestCluster } from "@dingi/testing";
import { FINALIZER } from "./pod-claims.ts";
import { resourceClaimController } from "./resourceclaim-controller.ts";
import { podResourceClaimController } from "./pod-resourceclaim-controller.ts";
import { garbageCollector } from "../garbagecollector/garbage-collector.ts";

const controllers = [() => resourceClaimController, () => podResourceClaimController, garbageCollector];

const namespace = "default";
const requests = [{ name: "gpu", exactly: { deviceClassName: "gpu.example.com" } }];
const SPEC = { devices: { requests } };
const SHARED = { namespace, name: "shared" };

function podOf(name: string, nodeName: string): NewObject<V1Pod> {
  const resourceClaims = [
    { name: "own", resourceClaimTemplateName: "gpu" },
    { name: "shared", resourceClaimName: SHARED.name },
  ];
  const containers = [{ name: "main", image: "registry.example/web:1", command: ["sleep", "forever"] }];
  return { metadata: { namespace, name }, spec: { nodeName, containers, resourceClaims } };
}

/** As a scheduler does. */
async function allocate({ admin }: TestCluster): Promise<void> {
  const claim = await admin.get(ResourceClaim, SHARED);
  const marked = await admin.update(ResourceClaim, {
    ...claim,
    metadata: { ...claim.metadata, finalizers: [FINALIZER] },
  });
  const results = [{ request: "gpu", driver: "gpu.example.com", pool: "node-1", device: "gpu-0" }];
  const status = { ...marked.status, allocation: { devices: { results } } };
  await admin.update(ResourceClaim, { ...marked, status }, { subresource: "status" });
}

testUnderFaults("Pods on a node have claims made and reserved, and set devices free when they go", {
  component: "controllers",
  share: 20,
  cluster: { controllers, nodes: 1 },
  async run(cluster) {
    const { admin } = cluster;
    await admin.create(ResourceClaim, { metadata: SHARED, spec: SPEC });
    await allocate(cluster);
    const pod = await admin.create(Pod, podOf("web", "node-1"));
    // After the pod: it is waited for.
    await admin.create(ResourceClaimTemplate, { metadata: { namespace, name: "gpu" }, spec: { spec: SPEC } });
    const reserved = await cluster.eventually(async () => {
      const [{ status }, claim] = [await admin.get(Pod, keyOf(pod as V1Pod)), await admin.get(ResourceClaim, SHARED)];
      const names = (status.resourceClaimStatuses ?? []).map(({ name, resourceClaimName = "" }) => [
        name,
        resourceClaimName.slice(0, "web-own-".length),
      ]);
      const pods = (claim.status.reservedFor ?? []).map(({ resource, name }) => `${resource}/${name}`);
      return names.length > 0 && pods.length > 0 && { names, pods };
    });
    const made = (await admin.list(ResourceClaim, { namespace })).items.length;
    await admin.delete(Pod, keyOf(pod as V1Pod), { gracePeriodSeconds: 0 });
    const left = await cluster.eventually(async () => {
      const { items } = await admin.list(ResourceClaim, { namespace });
      const isFree = items.every(({ status }) => status.allocation === undefined);
      return items.length === 1 && isFree && items.map(({ metadata, status }) => [metadata.name, status]);
    });
    // Whether its finalizer is still there or not: a scheduler may just have set it for another pod.
    await admin.delete(ResourceClaim, SHARED);
    await cluster.eventually(async () => (await admin.list(ResourceClaim, { namespace })).items.length === 0);
    return { reserved, made, left };
  },
  wanted: {
    reserved: { names: [["own", "web-own-"]], pods: ["pods/web"] },
    made: 2,
    left: [["shared", {}]],
  },
});
