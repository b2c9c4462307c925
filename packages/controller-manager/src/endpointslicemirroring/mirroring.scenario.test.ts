import assert from "node:assert/strict";
import { test } from "node:test";
import { Endpoints, EndpointSlice, Event, Service, type V1EndpointSlice, type V1EndpointSubset } from "@dingi/api";
import { TestCluster, testUnderFaults } from "@dingi/testing";
import { endpointSliceMirroringController } from "./endpointslice-mirroring-controller.ts";

const cluster = { controllers: [() => endpointSliceMirroringController], parts: ["controllers"] as const };
const namespace = "default";
const NAME = { namespace, name: "db" };
const at = (...ips: string[]): V1EndpointSubset => ({ addresses: ips.map((ip) => ({ ip })), ports: [{ port: 5432 }] });

const addService = ({ admin }: TestCluster, selector?: Record<string, string>) =>
  admin.create(Service, { metadata: NAME, spec: { ports: [{ port: 5432 }], ...(selector ? { selector } : {}) } });
const write = ({ admin }: TestCluster, subsets: V1EndpointSubset[], labels = {}) =>
  admin.create(Endpoints, { metadata: { ...NAME, labels }, subsets });
async function mirrors({ admin }: TestCluster): Promise<V1EndpointSlice[]> {
  const { items } = await admin.list(EndpointSlice, { namespace });
  return items.filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === NAME.name);
}
const addresses = async (room: TestCluster) =>
  (await mirrors(room))
    .flatMap(({ endpoints = [] }) => endpoints.flatMap((endpoint) => endpoint.addresses ?? []))
    .sort();
const until = (room: TestCluster, ...wanted: string[]) =>
  room.eventually(async () => (await addresses(room)).join() === wanted.join(), 20_000);

testUnderFaults("Endpoints that somebody writes are mirrored for as long as they are there", {
  component: "controllers",
  share: 3,
  cluster,
  async run(room) {
    const { admin } = room;
    await addService(room);
    await write(room, [at("192.0.2.1")]);
    await until(room, "192.0.2.1");
    const [slice] = await mirrors(room);
    await admin.patch(Endpoints, NAME, { subsets: [at("192.0.2.1", "192.0.2.2")] }, { type: "merge" });
    await until(room, "192.0.2.1", "192.0.2.2");
    const [same] = await mirrors(room);
    await admin.delete(Endpoints, NAME);
    await until(room);
    const { labels, ownerReferences, generateName } = slice!.metadata;
    const owner = ownerReferences?.map(({ kind, name }) => `${kind} ${name}`);
    return { labels, owner, generateName, stays: slice!.metadata.uid === same!.metadata.uid };
  },
  wanted: {
    labels: {
      "kubernetes.io/service-name": "db",
      "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
    },
    owner: ["Endpoints db"],
    generateName: "db-",
    stays: true,
  },
});

test("a mirror comes with its Service, goes when that gets a selector, and comes back without", async () => {
  await using room = await TestCluster.start(cluster);
  const { admin } = room;
  await write(room, [at("192.0.2.1")]);
  await room.pass(2000);
  assert.deepEqual(await addresses(room), []);
  await addService(room);
  await until(room, "192.0.2.1");
  await admin.patch(Service, NAME, { spec: { selector: { app: "db" } } }, { type: "merge" });
  await until(room);
  await admin.patch(Service, NAME, { spec: { selector: null } }, { type: "merge" });
  await until(room, "192.0.2.1");
  await admin.delete(Service, NAME);
  await until(room);
});

test("what asks for none has none, and a mirror that somebody deletes or changes is made right", async () => {
  await using room = await TestCluster.start(cluster);
  const { admin } = room;
  const skip = "endpointslice.kubernetes.io/skip-mirror";
  await addService(room);
  await write(room, [at("192.0.2.1")], { [skip]: "true" });
  await room.pass(2000);
  assert.deepEqual(await addresses(room), []);
  await admin.patch(Endpoints, NAME, { metadata: { labels: { [skip]: null } } }, { type: "merge" });
  await until(room, "192.0.2.1");
  const key = { namespace, name: (await mirrors(room))[0]!.metadata.name! };
  await admin.patch(EndpointSlice, key, { endpoints: [{ addresses: ["192.0.2.9"] }] }, { type: "merge" });
  await room.pass(500);
  await until(room, "192.0.2.1");
  await admin.delete(EndpointSlice, key);
  await until(room, "192.0.2.1");
  assert.notEqual((await mirrors(room))[0]!.metadata.name, key.name);
});

test("addresses beyond what a slice takes are left out, and that is told", async () => {
  await using room = await TestCluster.start(cluster);
  await addService(room);
  const many = Array.from({ length: 1003 }, (_, i) => `10.0.${Math.floor(i / 250)}.${i % 250}`);
  await write(room, [at(...many)]);
  const event = await room.eventually(async () =>
    (await room.admin.list(Event, { namespace })).items.find(({ reason }) => reason === "TooManyAddressesToMirror"),
  );
  assert.equal(
    event.message,
    "A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 3 addresses were skipped",
  );
  assert.equal((await addresses(room)).length, 1000);
});
