import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Event,
  Pod,
  ResourceClaim,
  ResourceClaimTemplate,
  type ResourceV1ResourceClaim,
  type V1Pod,
  type V1PodResourceClaim,
} from "@dingi/api";
import { TestCluster } from "@dingi/testing";
import { podResourceClaimController } from "./pod-resourceclaim-controller.ts";
import { resourceClaimController } from "./resourceclaim-controller.ts";

const controllers = [() => resourceClaimController, () => podResourceClaimController];
const start = () => TestCluster.start({ controllers, parts: ["controllers"] });
const namespace = "default";
const keyOf = (name: string) => ({ namespace, name });
const requests = [{ name: "gpu", exactly: { deviceClassName: "gpu.example.com" } }];
const SPEC = { devices: { requests } };
const own: V1PodResourceClaim = { name: "own", resourceClaimTemplateName: "gpu" };
const shared: V1PodResourceClaim = { name: "shared", resourceClaimName: "shared" };

const addPod = ({ admin }: TestCluster, name: string, spec: Partial<V1Pod["spec"]>): Promise<V1Pod> =>
  admin.create(Pod, { metadata: keyOf(name), spec: { containers: [{ name: "c", image: "i" }], ...spec } });
const addTemplate = ({ admin }: TestCluster, metadata: object = {}) =>
  admin.create(ResourceClaimTemplate, { metadata: keyOf("gpu"), spec: { metadata, spec: SPEC } });
const claimsOf = async ({ admin }: TestCluster) => (await admin.list(ResourceClaim, { namespace })).items;
const statusesOf = async ({ admin }: TestCluster, name: string) =>
  (await admin.get(Pod, keyOf(name))).status.resourceClaimStatuses ?? [];

async function allocate({ admin }: TestCluster, claim: ResourceV1ResourceClaim): Promise<ResourceV1ResourceClaim> {
  const results = [{ request: "gpu", driver: "gpu.example.com", pool: "n", device: "gpu-0" }];
  const status = { ...claim.status, allocation: { devices: { results } } };
  return await admin.update(ResourceClaim, { ...claim, status }, { subresource: "status" });
}

test("a claim is made as the template says, once, and belongs to its pod", async () => {
  await using cluster = await start();
  await addTemplate(cluster, { labels: { a: "b" }, annotations: { c: "d" } });
  const pod = await addPod(cluster, "web", { resourceClaims: [own] });
  const [status] = await cluster.eventually(async () => {
    const found = await statusesOf(cluster, "web");
    return found.length > 0 ? found : undefined;
  });
  await cluster.pass(2000);
  const [claim, ...more] = await claimsOf(cluster);
  assert.equal(more.length, 0);
  assert.deepEqual(status, { name: "own", resourceClaimName: claim?.metadata.name });
  const { labels, annotations, ownerReferences, generateName } = claim!.metadata;
  assert.deepEqual([labels, generateName], [{ a: "b" }, "web-own-"]);
  assert.deepEqual(annotations, { c: "d", "resource.kubernetes.io/pod-claim-name": "own" });
  assert.deepEqual(
    ownerReferences?.map(({ uid, controller }) => [uid, controller]),
    [[pod.metadata.uid, true]],
  );
});

test("a pod whose template is missing is told so, and served when it comes", async () => {
  await using cluster = await start();
  await addPod(cluster, "web", { resourceClaims: [own] });
  const event = await cluster.eventually(async () =>
    (await cluster.admin.list(Event, { namespace })).items.find(({ type }) => type === "Warning"),
  );
  assert.deepEqual(
    [event.reason, event.message],
    [
      "FailedResourceClaimCreation",
      'PodResourceClaim own: resource claim template "gpu": resourceclaimtemplate.resource.k8s.io "gpu" not found',
    ],
  );
  await addTemplate(cluster);
  await cluster.eventually(async () => (await statusesOf(cluster, "web")).length === 1);
});

test("a claim that was made and is gone is made anew, one that was not told of is found", async () => {
  await using cluster = await start();
  const { admin } = cluster;
  await addTemplate(cluster);
  await addPod(cluster, "web", { resourceClaims: [own] });
  const name = async () => (await statusesOf(cluster, "web"))[0]?.resourceClaimName;
  const first = await cluster.eventually(name);
  await admin.delete(ResourceClaim, keyOf(first));
  const second = await cluster.eventually(async () => {
    const found = await name();
    return found !== first && found;
  });
  await admin.patch(
    Pod,
    keyOf("web"),
    { status: { resourceClaimStatuses: null } },
    { type: "merge", subresource: "status" },
  );
  await cluster.eventually(async () => (await name()) === second);
  assert.equal((await claimsOf(cluster)).length, 1);
});

test("only an allocated claim is reserved, for pods that are on nodes, each once", async () => {
  await using cluster = await start();
  const { admin } = cluster;
  const reserved = async () =>
    ((await admin.get(ResourceClaim, keyOf("shared"))).status.reservedFor ?? []).map(({ name }) => name).sort();
  const claim = await admin.create(ResourceClaim, { metadata: keyOf("shared"), spec: SPEC });
  await addPod(cluster, "placed", { resourceClaims: [shared], nodeName: "n" });
  await addPod(cluster, "waiting", { resourceClaims: [shared] });
  await addPod(cluster, "other", { resourceClaims: [], nodeName: "n" });
  await cluster.pass(2000);
  assert.deepEqual(await reserved(), []);
  await allocate(cluster, claim);
  await cluster.eventually(async () => (await reserved()).length > 0);
  await cluster.pass(2000);
  assert.deepEqual(await reserved(), ["placed"]);
});

test("a device is set free when its pod is over, or is another one of that name", async () => {
  await using cluster = await start();
  const { admin } = cluster;
  const made = await admin.create(ResourceClaim, {
    metadata: { ...keyOf("shared"), finalizers: ["resource.kubernetes.io/delete-protection", "example.org/mine"] },
    spec: SPEC,
  });
  await allocate(cluster, made);
  const pods = [
    await addPod(cluster, "a", { resourceClaims: [shared], nodeName: "n" }),
    await addPod(cluster, "b", { resourceClaims: [shared], nodeName: "n" }),
  ];
  const reservedFor = [
    ...pods.map(({ metadata }) => ({ resource: "pods", name: metadata.name!, uid: metadata.uid! })),
    { resource: "pods", name: "a", uid: "another" },
    { resource: "pods", name: "gone", uid: "gone" },
    { apiGroup: "example.org", resource: "boats", name: "x", uid: "x" },
  ];
  const reserve = (all: readonly object[]) =>
    admin.patch(
      ResourceClaim,
      keyOf("shared"),
      { status: { reservedFor: all } },
      { type: "merge", subresource: "status" },
    );
  await cluster.pass(1000);
  await reserve(reservedFor);
  const left = async () =>
    ((await admin.get(ResourceClaim, keyOf("shared"))).status.reservedFor ?? []).map(({ name, uid }) =>
      name === "a" && uid === "another" ? "?" : name,
    );
  await cluster.eventually(async () => (await left()).join() === "a,b,x");
  await admin.patch(Pod, keyOf("a"), { status: { phase: "Succeeded" } }, { type: "merge", subresource: "status" });
  await cluster.eventually(async () => (await left()).join() === "b,x");
  const { metadata, status } = await admin.get(ResourceClaim, keyOf("shared"));
  assert.ok(status.allocation && metadata.finalizers?.length === 2);
  await reserve((status.reservedFor ?? []).filter(({ name }) => name === "b"));
  await admin.delete(Pod, keyOf("b"), { gracePeriodSeconds: 0 });
  await cluster.eventually(async () => {
    const claim = await admin.get(ResourceClaim, keyOf("shared"));
    return claim.status.allocation === undefined && claim.metadata.finalizers?.join() === "example.org/mine";
  });
});

test("a claim that was made for a pod goes when the pod is over, one that was not stays", async () => {
  await using cluster = await start();
  const { admin } = cluster;
  await addTemplate(cluster);
  await admin.create(ResourceClaim, { metadata: keyOf("shared"), spec: SPEC });
  await addPod(cluster, "web", { resourceClaims: [own, shared] });
  await cluster.eventually(async () => (await claimsOf(cluster)).length === 2);
  await cluster.pass(1000);
  await admin.patch(Pod, keyOf("web"), { status: { phase: "Failed" } }, { type: "merge", subresource: "status" });
  await cluster.eventually(async () => (await claimsOf(cluster)).length === 1);
  assert.equal((await claimsOf(cluster))[0]?.metadata.name, "shared");
  await cluster.pass(2000);
  assert.equal((await claimsOf(cluster)).length, 1);
});
