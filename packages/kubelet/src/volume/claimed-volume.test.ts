import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Node, V1PersistentVolume, V1PersistentVolumeClaim, V1Pod } from "@dingi/api";
import { newNotFound } from "@dingi/apimachinery";
import { FakeClock } from "@dingi/base";
import type { GroupChange } from "../host/host.ts";
import { SimulatedHost } from "../host/simulated/simulated-host.ts";
import type { ClaimSources } from "./claimed-volume.ts";
import { VolumeManager } from "./volume-manager.ts";

const PATH = "/disk/a";

class GroupingHost extends SimulatedHost {
  readonly given: string[] = [];

  override setGroup(path?: string, group?: number, how?: GroupChange): Promise<void> {
    this.given.push(`${path} ${group} ${how?.unlessRootHasIt}`);
    return Promise.resolve();
  }
}

const CLAIM = {
  metadata: { namespace: "ns", name: "data", uid: "claim-uid" },
  spec: { volumeName: "pv" },
  status: { phase: "Bound" },
} as V1PersistentVolumeClaim;
const onNode = (name: string) => ({
  required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "host", operator: "In", values: [name] }] }] },
});
const VOLUME = {
  metadata: { name: "pv" },
  spec: { local: { path: PATH }, claimRef: { uid: "claim-uid" }, nodeAffinity: onNode("n1") },
  status: {},
} as unknown as V1PersistentVolume;
const NODE = { metadata: { name: "n1", labels: { host: "n1" } } } as unknown as V1Node;

const podWith = (volume: object, spec: object = {}): V1Pod =>
  ({
    metadata: { namespace: "ns", name: "p", uid: "u" },
    spec: { volumes: [{ name: "v", ...volume }], containers: [{ name: "c", volumeMounts: [{ name: "v" }] }], ...spec },
    status: {},
  }) as unknown as V1Pod;
const CLAIMED = { persistentVolumeClaim: { claimName: "data" } };

function bench(sources: Partial<ClaimSources> = {}) {
  const host = new GroupingHost({ clock: new FakeClock(), name: "n1" });
  const unused = () => Promise.reject(new Error("Nothing of the API is in these pods"));
  const claims: ClaimSources = {
    claim: () => Promise.resolve(CLAIM),
    volume: () => Promise.resolve(VOLUME),
    node: () => NODE,
    ...sources,
  };
  const none = { configMap: unused, secret: unused, token: unused, addresses: () => assert.fail() };
  return { host, volumes: new VolumeManager({ host, sources: none, claims, rootDirectory: "/kubelet" }) };
}

test("a claim's containers are given the directory of its volume, which the pod's end leaves alone", async () => {
  const { host, volumes } = bench();
  await host.makeDirectory(PATH);
  assert.deepEqual([...(await volumes.setUp(podWith(CLAIMED)))], [["v", PATH]]);
  await volumes.tearDown("u");
  assert.equal(await host.fileType(PATH), "directory");
});

test("a claim that is going and protected by this very pod is mounted", async () => {
  const finalizers = ["kubernetes.io/pvc-protection"];
  const metadata = { ...CLAIM.metadata, deletionTimestamp: "2026-01-01T00:00:00Z", finalizers };
  const { host, volumes } = bench({ claim: () => Promise.resolve({ ...CLAIM, metadata }) });
  await host.makeDirectory(PATH);
  assert.deepEqual([...(await volumes.setUp(podWith(CLAIMED))).keys()], ["v"]);
});

const asked = (claim: object) => ({ claim: () => Promise.resolve({ ...CLAIM, ...claim } as V1PersistentVolumeClaim) });
const given = (volume: object) => ({
  volume: () => Promise.resolve({ ...VOLUME, spec: { ...VOLUME.spec, ...volume } } as unknown as V1PersistentVolume),
});
const gone = (resource: string, name: string) => () => Promise.reject(newNotFound({ group: "", resource }, name));
const UNPROCESSED =
  "Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], failed to process volumes=[v]: ";
const PROCESSING = `${UNPROCESSED}error processing PVC ns/data: `;

/** What is told of a volume that cannot be had. The directory is not there. */
const REFUSED: readonly [string, Partial<ClaimSources>, object, string][] = [
  [
    "no claim",
    { claim: gone("persistentvolumeclaims", "data") },
    CLAIMED,
    `${PROCESSING}failed to fetch PVC from API server: persistentvolumeclaims "data" not found`,
  ],
  ["a claim that waits", asked({ status: { phase: "Pending" } }), CLAIMED, `${PROCESSING}PVC is not bound`],
  [
    "a claim that has lost its volume's name",
    asked({ spec: {} }),
    CLAIMED,
    `${PROCESSING}PVC has empty pvc.Spec.VolumeName`,
  ],
  [
    "a claim that is going, and protected by nobody",
    asked({ metadata: { ...CLAIM.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } }),
    CLAIMED,
    `${PROCESSING}PVC is being deleted`,
  ],
  [
    "no volume",
    { volume: gone("persistentvolumes", "pv") },
    CLAIMED,
    `${PROCESSING}failed to fetch PV pv from API server: persistentvolumes "pv" not found`,
  ],
  [
    "a volume that does not know of the claim",
    given({ claimRef: undefined }),
    CLAIMED,
    `${PROCESSING}found PV object pv but it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim`,
  ],
  [
    "a volume of another claim",
    given({ claimRef: { uid: "other" } }),
    CLAIMED,
    `${PROCESSING}found PV object pv but its pv.Spec.ClaimRef.UID other does not point to claim.UID claim-uid`,
  ],
  [
    "a block device",
    given({ volumeMode: "Block" }),
    CLAIMED,
    `${UNPROCESSED}volume v has volumeMode Block, but is specified in volumeMounts`,
  ],
  [
    "an ephemeral claim that is another pod's",
    {},
    { ephemeral: {} },
    `${UNPROCESSED}PVC ns/data was not created for pod ns/p (pod is not owner)`,
  ],
  [
    "a volume of another node",
    given({ nodeAffinity: onNode("n2") }),
    CLAIMED,
    'MountVolume.NodeAffinity check failed for volume "pv" : no matching NodeSelectorTerms',
  ],
  ["a directory that is gone", {}, CLAIMED, `MountVolume.SetUp failed for volume "pv" : path "${PATH}" does not exist`],
  [
    "a kind of volume that others mount",
    given({ local: undefined, nfs: {} }),
    CLAIMED,
    'MountVolume.SetUp failed for volume "pv" : this kubelet serves volumes of the kinds hostPath and local, and not nfs',
  ],
];
for (const [what, sources, volume, message] of REFUSED)
  test(`a pod waits for ${what}`, async () => {
    const { volumes } = bench(sources);
    await assert.rejects(volumes.setUp(podWith(volume)), { message });
  });

test("the pod's group gets a volume once, before a container has run, and a read-only one never", async () => {
  const { host, volumes } = bench();
  await host.makeDirectory(PATH);
  const securityContext = { fsGroup: 7, fsGroupChangePolicy: "OnRootMismatch" };
  const toRead = { persistentVolumeClaim: { claimName: "data", readOnly: true } };
  await volumes.setUp(podWith(toRead, { securityContext }));
  await volumes.setUp(podWith(CLAIMED));
  assert.deepEqual(host.given, []);
  await volumes.setUp(podWith(CLAIMED, { securityContext }));
  await volumes.setUp(podWith(CLAIMED, { securityContext }));
  assert.deepEqual(host.given, [`${PATH} 7 true`]);
  await volumes.tearDown("u");
  await volumes.setUp(podWith(CLAIMED, { securityContext: { fsGroup: 8 } }));
  assert.deepEqual(host.given.slice(1), [`${PATH} 8 false`]);
});
