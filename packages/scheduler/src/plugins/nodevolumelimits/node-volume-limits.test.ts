import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CSIDriver,
  CSINode,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
} from "@dingi/api";
import { FakeInformers } from "../../testing/fake-informers.ts";
import { nodeWith, podWith, verdicts } from "../scheduler-fixture.ts";
import { nodeVolumeLimits } from "./node-volume-limits.ts";

const TOO_MANY = "node(s) exceed max volume count";
const DRIVER = "csi.example.org";
const podWithClaims = (...names: string[]) =>
  podWith({ volumes: names.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })) });

interface World {
  /** By claim: the handle of its volume, or nothing of one that is still to be made. */
  readonly claims: Readonly<Record<string, string | undefined>>;
  readonly limit?: number | undefined;
  readonly driver?: object;
  readonly attached?: string;
}

async function pluginIn({ claims, limit, driver, attached }: World) {
  const fake = new FakeInformers();
  const plugin = nodeVolumeLimits(fake.informers);
  await fake.start();
  await fake.show(StorageClass, { metadata: { name: "csi" }, provisioner: DRIVER });
  for (const [name, handle] of Object.entries(claims)) {
    const metadata = { namespace: "ns", name };
    const spec = { storageClassName: "csi", ...(handle === undefined ? {} : { volumeName: `pv-${handle}` }) };
    await fake.show(PersistentVolumeClaim, { metadata, spec, status: {} });
    if (handle === undefined) continue;
    const csi = { driver: DRIVER, volumeHandle: handle };
    await fake.show(PersistentVolume, { metadata: { name: `pv-${handle}` }, spec: { csi }, status: {} });
  }
  if (limit !== undefined) {
    const drivers = [{ name: DRIVER, nodeID: "n", topologyKeys: [], allocatable: { count: limit } }];
    await fake.show(CSINode, { metadata: { name: "n" }, spec: { drivers }, status: {} });
  }
  if (driver) await fake.show(CSIDriver, { metadata: { name: DRIVER }, spec: driver });
  if (attached !== undefined) {
    const spec = { attacher: DRIVER, nodeName: "n", source: { persistentVolumeName: `pv-${attached}` } };
    await fake.show(VolumeAttachment, { metadata: { name: "va" }, spec, status: { attached: true } });
  }
  return { plugin, [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose]() };
}

const HANDLES = { a: "1", b: "2", again: "1", c: "3", fresh: undefined };
const CASES: readonly [string, World, readonly string[], string][] = [
  ["one volume beside one, of two", { claims: HANDLES, limit: 2 }, ["b"], "success"],
  ["two volumes beside one, of two", { claims: HANDLES, limit: 2 }, ["b", "c"], TOO_MANY],
  ["a volume that is there already", { claims: HANDLES, limit: 1 }, ["again"], "success"],
  ["a volume that is still to be made", { claims: HANDLES, limit: 1 }, ["fresh"], TOO_MANY],
  [
    "a volume beside one that is attached for nobody here",
    { claims: HANDLES, limit: 2, attached: "3" },
    ["b"],
    TOO_MANY,
  ],
  ["the volume that is attached already", { claims: HANDLES, limit: 2, attached: "2" }, ["b", "c"], TOO_MANY],
  ["a node that tells no limit", { claims: HANDLES }, ["b", "c"], "success"],
  [
    "a claim that is not there",
    { claims: HANDLES, limit: 2 },
    ["gone"],
    'looking up PVC ns/gone: persistentvolumeclaim "gone" not found',
  ],
  [
    "a driver that has to be there and is not",
    { claims: HANDLES, driver: { preventPodSchedulingIfMissing: true } },
    ["b"],
    `${DRIVER} CSI driver is not installed on the node`,
  ],
  ["a driver that may be missing", { claims: HANDLES, driver: {} }, ["b"], "success"],
];
for (const [what, world, claims, wanted] of CASES)
  test(`a pod with ${what}`, async () => {
    await using bench = await pluginIn(world);
    const nodes = [nodeWith("n", { pods: [podWithClaims("a")] })];
    assert.deepEqual(verdicts(bench.plugin, podWithClaims(...claims), nodes), [wanted]);
  });
