import assert from "node:assert/strict";
import { test } from "node:test";
import { PersistentVolume, PersistentVolumeClaim, StorageClass } from "@dingi/api";
import { CycleState } from "../../framework/plugin.ts";
import { FakeInformers } from "../../testing/fake-informers.ts";
import { nodeWith, podWith, verdicts } from "../scheduler-fixture.ts";
import { volumeZone } from "./volume-zone.ts";

const NO_ZONE = "node(s) had no available volume zone";
const OLD = "failure-domain.beta.kubernetes.io/zone";
const pod = podWith({ volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }] });

async function pluginWith(claim: object | undefined, labels: Record<string, string> = {}) {
  const fake = new FakeInformers();
  const plugin = volumeZone(fake.informers);
  await fake.start();
  for (const [name, volumeBindingMode] of Object.entries({ waits: "WaitForFirstConsumer", now: "Immediate" }))
    await fake.show(StorageClass, { metadata: { name }, provisioner: "p", volumeBindingMode });
  if (claim)
    await fake.show(PersistentVolumeClaim, { metadata: { namespace: "ns", name: "data" }, spec: claim, status: {} });
  await fake.show(PersistentVolume, { metadata: { name: "pv", labels }, spec: {}, status: {} });
  return { plugin, [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose]() };
}

const nodes = [nodeWith("a", { zone: "a" }), nodeWith("b", { zone: "b" }), nodeWith("none", {})];
const BOUND = { volumeName: "pv" };

const ZONES: readonly [string, Record<string, string>, readonly string[]][] = [
  ["a zone", { "topology.kubernetes.io/zone": "a" }, ["success", NO_ZONE, "success"]],
  ["a zone by its old name", { [OLD]: "b" }, [NO_ZONE, "success", "success"]],
  ["two zones", { [OLD]: "a__b" }, ["success", "success", "success"]],
  ["no zone that can be read", { [OLD]: "a__" }, ["skip", "skip", "skip"]],
  ["no zone", {}, ["skip", "skip", "skip"]],
];
for (const [what, labels, wanted] of ZONES)
  test(`a volume of ${what}`, async () => {
    await using bench = await pluginWith(BOUND, labels);
    assert.deepEqual(verdicts(bench.plugin, pod, nodes), wanted);
  });

const UNBOUND: readonly [string, object | undefined, string][] = [
  ["not there", undefined, 'persistentvolumeclaim "data" not found'],
  ["bound to nothing", { volumeName: "gone" }, 'persistentvolume "gone" not found'],
  ["without a class", {}, "PersistentVolumeClaim had no pv name and storageClass name"],
  ["of a class that is gone", { storageClassName: "gone" }, 'storageclass.storage.k8s.io "gone" not found'],
  ["to be bound first", { storageClassName: "now" }, "PersistentVolume had no name"],
  ["to be bound with the pod", { storageClassName: "waits" }, "skip"],
];
for (const [what, claim, wanted] of UNBOUND)
  test(`a claim that is ${what}`, async () => {
    await using bench = await pluginWith(claim);
    const status = bench.plugin.preFilter!(new CycleState(), pod, nodes);
    assert.equal("reasons" in status ? status.reasons.join() : status.code, wanted);
  });
