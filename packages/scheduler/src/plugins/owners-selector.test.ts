import assert from "node:assert/strict";
import { test } from "node:test";
import { ReplicaSet, ReplicationController, Service, StatefulSet, type V1Pod } from "@dingi/api";
import { FakeInformers } from "../testing/fake-informers.ts";
import { ownersSelector } from "./owners-selector.ts";
import { podWith } from "./scheduler-fixture.ts";

const metadata = { namespace: "ns", name: "owner", uid: "u" };
const chosen = { app: "web" };
const owned = (apiVersion: string, kind: string, controller = true): V1Pod => {
  const pod = podWith({}, { app: "web", tier: "front" });
  const ownerReferences = [{ apiVersion, kind, name: "owner", uid: "u", controller }];
  return { ...pod, metadata: { ...pod.metadata, ownerReferences } };
};

async function bench() {
  const fake = new FakeInformers();
  const selectorOf = ownersSelector(fake.informers);
  await fake.start();
  return { fake, selectorOf, [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose]() };
}

test("a pod that belongs to nothing spreads by nothing", async () => {
  await using room = await bench();
  assert.equal(room.selectorOf(podWith({}, { app: "web" })).empty, true);
  assert.equal(room.selectorOf(owned("apps/v1", "ReplicaSet")).empty, true);
});

test("the set that controls a pod chooses what it spreads by, whichever of the three kinds it is", async () => {
  await using room = await bench();
  const spec = { replicas: 1, selector: { matchLabels: chosen }, template: { spec: { containers: [] } } };
  await room.fake.show(ReplicaSet, { ...owner(ReplicaSet), spec, status: {} } as never);
  await room.fake.show(StatefulSet, {
    ...owner(StatefulSet),
    spec: { ...spec, serviceName: "s" },
    status: {},
  } as never);
  await room.fake.show(ReplicationController, {
    ...owner(ReplicationController),
    spec: { ...spec, selector: chosen },
  } as never);
  for (const pod of [
    owned("apps/v1", "ReplicaSet"),
    owned("apps/v1", "StatefulSet"),
    owned("v1", "ReplicationController"),
  ]) {
    const selector = room.selectorOf(pod);
    assert.deepEqual([selector.matches(chosen), selector.matches({ app: "db" })], [true, false]);
  }
  assert.equal(room.selectorOf(owned("apps/v1", "ReplicaSet", false)).empty, true);
  assert.equal(room.selectorOf(owned("example.org/v1", "ReplicaSet")).empty, true);
  assert.equal(room.selectorOf(owned("apps/v1", "Deployment")).empty, true);
});

const owner = ({ apiVersion, kind }: { apiVersion: string; kind: string }) => ({ apiVersion, kind, metadata });

test("all Services that choose a pod count together, and with its set", async () => {
  await using room = await bench();
  const service = (name: string, selector: Record<string, string>, namespace = "ns") =>
    room.fake.show(Service, { metadata: { namespace, name }, spec: { selector }, status: {} });
  await service("web", chosen);
  await service("front", { tier: "front" });
  await service("other", { app: "db" });
  await service("elsewhere", { tier: "back" }, "other");
  const pod = podWith({}, { app: "web", tier: "front" });
  const selector = room.selectorOf(pod);
  assert.deepEqual([selector.matches({ app: "web", tier: "front" }), selector.matches(chosen)], [true, false]);
  const spec = { selector: { matchLabels: { more: "yes" } }, template: { spec: { containers: [] } } };
  await room.fake.show(ReplicaSet, { ...owner(ReplicaSet), spec, status: {} } as never);
  const both = room.selectorOf(owned("apps/v1", "ReplicaSet"));
  assert.equal(both.matches({ app: "web", tier: "front" }), false);
  assert.equal(both.matches({ more: "yes" }), false);
  assert.equal(both.matches({ app: "web", tier: "front", more: "yes" }), true);
});
