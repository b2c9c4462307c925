import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Endpoints,
  EndpointSlice,
  Pod,
  Service,
  type V1EndpointSlice,
  type V1Service,
  type V1ServiceSpec,
} from "@dingi/api";
import { isNotFound } from "@dingi/apimachinery";
import { TestCluster, testUnderFaults } from "@dingi/testing";
import { endpointsController } from "./endpoints-controller.ts";
import { endpointSliceController } from "./endpointslice-controller.ts";

const controllers = [() => endpointsController, () => endpointSliceController];
const cluster = { controllers, parts: ["controllers"] as const };
const namespace = "default";
const NAME = { namespace, name: "web" };
const PORTS = [{ name: "http", port: 80, targetPort: "http" }];

async function serve({ admin }: TestCluster, spec: Partial<V1ServiceSpec> = {}): Promise<V1Service> {
  const labels = { of: "web" };
  const selector = { app: "web" };
  return await admin.create(Service, { metadata: { ...NAME, labels }, spec: { selector, ports: PORTS, ...spec } });
}

interface Fake {
  readonly ip: string;
  readonly ready?: boolean;
  readonly containerPort?: number;
  readonly app?: string;
}

/** A pod of which the test says what its kubelet would. */
async function addPod({ admin }: TestCluster, name: string, fake: Fake): Promise<void> {
  const { ip, ready = true, containerPort = 8080, app = "web" } = fake;
  const containers = [{ name: "c", image: "i", ports: [{ name: "http", containerPort }] }];
  const spec = { containers, nodeName: "n", hostname: name };
  await admin.create(Pod, { metadata: { namespace, name, labels: { app } }, spec } as never);
  const conditions = [{ type: "Ready", status: ready ? "True" : "False" }];
  const status = { phase: "Running", podIP: ip, podIPs: [{ ip }], conditions };
  await admin.patch(Pod, { namespace, name }, { status }, { type: "strategic", subresource: "status" });
}

/** "ip:port", with "!" before those that are not ready. */
async function endpoints({ admin }: TestCluster): Promise<string[] | undefined> {
  try {
    const { subsets = [] } = await admin.get(Endpoints, NAME);
    const all = subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }) =>
      ports.flatMap(({ port }) => [
        ...addresses.map(({ ip }) => `${ip}:${port}`),
        ...notReadyAddresses.map(({ ip }) => `!${ip}:${port}`),
      ]),
    );
    return all.sort();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Not the API server's own. */
async function slicesOf({ admin }: TestCluster): Promise<V1EndpointSlice[]> {
  const { items } = await admin.list(EndpointSlice, { namespace });
  return items.filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] !== "kubernetes");
}

async function slices(room: TestCluster): Promise<string[]> {
  const all = (await slicesOf(room)).flatMap(({ endpoints: found = [], ports = [] }) =>
    ports.flatMap(({ port }) =>
      found.flatMap(({ addresses, conditions }) =>
        addresses.map((ip) => `${conditions?.ready ? "" : "!"}${ip}:${port}`),
      ),
    ),
  );
  return all.sort();
}

async function both(room: TestCluster, wanted: readonly string[]): Promise<void> {
  await room.eventually(async () => {
    assert.deepEqual([await endpoints(room), await slices(room)], [wanted, wanted]);
    return true;
  }, 10_000);
}

testUnderFaults("Pods behind a Service are told of as they come, change and go", {
  component: "controllers",
  share: 4,
  cluster,
  async run(room) {
    const { admin } = room;
    await serve(room);
    await addPod(room, "a", { ip: "10.0.0.1" });
    await addPod(room, "b", { ip: "10.0.0.2", ready: false });
    await addPod(room, "other", { ip: "10.0.0.9", app: "db" });
    await both(room, ["!10.0.0.2:8080", "10.0.0.1:8080"]);
    await addPod(room, "c", { ip: "10.0.0.3", containerPort: 9090 });
    await both(room, ["!10.0.0.2:8080", "10.0.0.1:8080", "10.0.0.3:9090"]);
    await admin.patch(Pod, { namespace, name: "a" }, { metadata: { labels: { app: "db" } } }, { type: "merge" });
    await admin.delete(Pod, { namespace, name: "b" }, { gracePeriodSeconds: 0 });
    await both(room, ["10.0.0.3:9090"]);
    await admin.delete(Service, NAME);
    await room.eventually(async () => (await endpoints(room)) === undefined && (await slices(room)).length === 0);
    return (await slicesOf(room)).length;
  },
  wanted: 0,
});

test("both say whose they are, and name the pod and the node", async () => {
  await using room = await TestCluster.start(cluster);
  const { admin } = room;
  const service = await serve(room, { clusterIP: "None" });
  await addPod(room, "a", { ip: "10.0.0.1" });
  await both(room, ["10.0.0.1:8080"]);
  const { metadata, subsets } = await admin.get(Endpoints, NAME);
  const [slice] = await slicesOf(room);
  assert.deepEqual(metadata.labels, {
    of: "web",
    "endpoints.kubernetes.io/managed-by": "endpoint-controller",
    "service.kubernetes.io/headless": "",
  });
  assert.deepEqual(slice?.metadata.labels, {
    of: "web",
    "kubernetes.io/service-name": "web",
    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    "service.kubernetes.io/headless": "",
  });
  assert.deepEqual(
    slice?.metadata.ownerReferences?.map(({ uid, controller }) => [uid, controller]),
    [[service.metadata.uid, true]],
  );
  const [address] = subsets?.[0]?.addresses ?? [];
  assert.deepEqual([address?.nodeName, address?.targetRef?.name], ["n", "a"]);
  assert.deepEqual(subsets?.[0]?.ports, [{ name: "http", port: 8080, protocol: "TCP" }]);
});

test("the labels of a Service are followed, and what somebody deletes is made anew", async () => {
  await using room = await TestCluster.start(cluster);
  const { admin } = room;
  await serve(room);
  await addPod(room, "a", { ip: "10.0.0.1" });
  await both(room, ["10.0.0.1:8080"]);
  await admin.patch(Service, NAME, { metadata: { labels: { of: "all" } } }, { type: "merge" });
  await room.eventually(async () => (await admin.get(Endpoints, NAME)).metadata.labels?.["of"] === "all");
  await admin.delete(Endpoints, NAME);
  const [slice] = await slicesOf(room);
  await admin.delete(EndpointSlice, { namespace, name: slice!.metadata.name! });
  await both(room, ["10.0.0.1:8080"]);
});

test("what has no selector, or is somewhere else, is left to others", async () => {
  await using room = await TestCluster.start(cluster);
  const { admin } = room;
  await serve(room, { selector: {} });
  await admin.create(Endpoints, {
    metadata: NAME,
    subsets: [{ addresses: [{ ip: "10.9.9.9" }], ports: [{ port: 1 }] }],
  });
  await admin.create(Service, {
    metadata: { namespace, name: "far" },
    spec: { type: "ExternalName", externalName: "far.example", selector: { app: "web" } },
  });
  await addPod(room, "a", { ip: "10.0.0.1" });
  await room.pass(3000);
  assert.deepEqual([await endpoints(room), await slices(room)], [["10.9.9.9:1"], []]);
  assert.equal((await admin.list(Endpoints, { namespace })).items.length, 2);
  await admin.delete(Service, NAME);
  await room.pass(3000);
  assert.deepEqual(await endpoints(room), ["10.9.9.9:1"]);
});
