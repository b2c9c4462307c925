import { Event, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass, type V1PersistentVolume } from "@dingi/api";
import type { KubeObject } from "@dingi/apimachinery";
import type { Client } from "@dingi/client";

/** A cluster with the controllers of claims and volumes, and none that schedules or provisions. */
interface Bench {
  readonly client: Client;
  /** Lets controllers come to rest. */
  rest(): Promise<void>;
}

/** By object or event: what became of it. */
export type Findings = Readonly<Record<string, unknown>>;

const namespace = "default";
const SIZE = { storage: "1Gi" };
const ACCESS = ["ReadWriteOnce"];
const LOCAL = {
  hostPath: undefined,
  local: { path: "/x" },
  nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "Exists" }] }] } },
};
const NFS = { hostPath: undefined, nfs: { server: "s", path: "/" } };
const ISCSI = {
  hostPath: undefined,
  iscsi: { targetPortal: "192.0.2.1", iqn: "iqn.2001-04.com.example:disk", lun: 0 },
};

/** Volumes that are bound to a claim of their own name, which then goes. */
const LEFT: Readonly<Record<string, object>> = {
  "delete-host-path": { persistentVolumeReclaimPolicy: "Delete" },
  "delete-nfs": { persistentVolumeReclaimPolicy: "Delete", ...NFS },
  "delete-local": { persistentVolumeReclaimPolicy: "Delete", ...LOCAL },
  "delete-iscsi": { persistentVolumeReclaimPolicy: "Delete", ...ISCSI },
  "recycle-local": { persistentVolumeReclaimPolicy: "Recycle", ...LOCAL },
  retain: {},
};

class Maker {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async claim(name: string, spec: object = {}, annotations = {}): Promise<string> {
    const metadata = { namespace, name, annotations };
    const wanted = { accessModes: ACCESS, resources: { requests: SIZE }, storageClassName: "", ...spec };
    return (await this.#client.create(PersistentVolumeClaim, { metadata, spec: wanted })).metadata.uid!;
  }

  async volume(name: string, spec: object = {}, annotations = {}): Promise<void> {
    const wanted = {
      accessModes: ACCESS,
      capacity: SIZE,
      persistentVolumeReclaimPolicy: "Retain",
      hostPath: { path: "/x" },
      ...spec,
    };
    await this.#client.create(PersistentVolume, { metadata: { name, annotations }, spec: wanted });
  }

  async storageClass(name: string, volumeBindingMode: string, provisioner = "example.org/disk"): Promise<void> {
    await this.#client.create(StorageClass, { metadata: { name }, provisioner, volumeBindingMode });
  }

  async pod(name: string, volume: object): Promise<void> {
    const spec = {
      automountServiceAccountToken: false,
      containers: [{ name: "c", image: "i" }],
      volumes: [{ name: "v", ...volume }],
    };
    await this.#client.create(Pod, { metadata: { namespace, name }, spec } as never);
  }
}

const kept = (name: string, uid?: string) => ({
  claimRef: { kind: "PersistentVolumeClaim", apiVersion: "v1", namespace, name, ...(uid === undefined ? {} : { uid }) },
});

/** Claims and volumes in every state that needs no provisioner. */
export async function play({ client, rest }: Bench): Promise<Findings> {
  const make = new Maker(client);
  // Volumes first: that a claim finds none for a moment is told or not, as it happens.
  await makeVolumes(make);
  await rest();
  await makeClaims(make);
  await makeMismatch(make);
  await rest();
  await makeRivals(make, client);
  await make.pod("user", { persistentVolumeClaim: { claimName: "wait" } });
  const template = { spec: { accessModes: ACCESS, storageClassName: "now", resources: { requests: SIZE } } };
  await make.pod("ephemeral", { ephemeral: { volumeClaimTemplate: template } });
  for (const name of [...Object.keys(LEFT), "provisioned"])
    await client.delete(PersistentVolumeClaim, { namespace, name });
  const lost = { namespace: "", name: "lost" };
  await client.delete(PersistentVolume, lost);
  await client.patch(PersistentVolume, lost, { metadata: { finalizers: null } }, { type: "merge" });
  await rest();
  await make.claim("late-class", { storageClassName: undefined });
  await rest();
  const metadata = { name: "late", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } };
  await client.create(StorageClass, { metadata, provisioner: "example.org/disk" });
  await rest();
  return await findings(client);
}

const BOUND: Readonly<Record<string, object>> = { ...LEFT, lost: {}, larger: { capacity: { storage: "5Gi" } } };

async function makeVolumes(make: Maker): Promise<void> {
  await make.storageClass("wait", "WaitForFirstConsumer");
  await make.storageClass("now", "Immediate");
  await make.storageClass("none", "Immediate", "kubernetes.io/no-provisioner");
  await make.storageClass("tree", "Immediate", "kubernetes.io/rbd");
  await make.volume("small", { capacity: { storage: "1Mi" } });
  await make.volume("other", { ...kept("somebody"), storageClassName: "other" });
  await make.volume("kept", { ...kept("kept"), storageClassName: "kept" });
  for (const [name, spec] of Object.entries(BOUND)) await make.volume(name, { ...spec, storageClassName: name });
  const provisioned = { persistentVolumeReclaimPolicy: "Delete", storageClassName: "provisioned" };
  await make.volume("provisioned", provisioned, { "pv.kubernetes.io/provisioned-by": "example.org/disk" });
}

async function makeClaims(make: Maker): Promise<void> {
  await make.claim("nothing");
  for (const name of ["wait", "now", "none", "tree", "gone"]) await make.claim(name, { storageClassName: name });
  await make.claim("selected", { storageClassName: "wait" }, { "volume.kubernetes.io/selected-node": "n" });
  await make.claim("small", { volumeName: "small" });
  await make.claim("missing", { volumeName: "gone" });
  await make.claim("other", { volumeName: "other", storageClassName: "other" });
  for (const name of ["kept", "provisioned", ...Object.keys(BOUND)]) await make.claim(name, { storageClassName: name });
}

/** A volume that is bound to a claim of another mode. */
async function makeMismatch(make: Maker): Promise<void> {
  const uid = await make.claim("block", { storageClassName: "block" });
  await make.volume("block", { ...kept("block", uid), volumeMode: "Block", storageClassName: "block" });
}

/** Volumes that are bound to a claim that has another one. */
async function makeRivals(make: Maker, client: Client): Promise<void> {
  const { metadata } = await client.get(PersistentVolumeClaim, { namespace, name: "larger" });
  const taken = { ...kept("larger", metadata.uid), storageClassName: "rivals" };
  await make.volume("rival-of-user", taken);
  await make.volume("rival-of-controller", taken, { "pv.kubernetes.io/bound-by-controller": "yes" });
  const provisioned = { ...taken, persistentVolumeReclaimPolicy: "Delete" };
  await make.volume("rival-provisioned", provisioned, { "pv.kubernetes.io/provisioned-by": "example.org/disk" });
}

/** Without what differs from run to run: uids, times, and how often an event was told. */
async function findings(client: Client): Promise<Findings> {
  const found: Record<string, unknown> = {};
  for (const claim of (await client.list(PersistentVolumeClaim)).items) {
    const conditions = claim.status.conditions?.map(({ lastTransitionTime: _time, ...condition }) => condition);
    const { storageClassName, volumeName } = claim.spec;
    const status = { ...claim.status, ...(conditions ? { conditions } : {}) };
    found[`claim ${claim.metadata.name}`] = { ...marksOf(claim), storageClassName, volumeName, status };
  }
  for (const volume of (await client.list(PersistentVolume)).items)
    found[`volume ${volume.metadata.name}`] = { ...marksOf(volume), ...stateOf(volume) };
  for (const { involvedObject, type, reason, message } of (await client.list(Event)).items)
    found[`event ${involvedObject.kind} ${involvedObject.name} ${type} ${reason}`] = message;
  return JSON.parse(
    JSON.stringify(Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)))),
  ) as Findings;
}

const marksOf = ({ metadata: { annotations, finalizers } }: KubeObject) => ({ annotations, finalizers });

function stateOf({ spec, status }: V1PersistentVolume): object {
  const { phase, message } = status;
  return { claim: spec.claimRef?.name, isBound: spec.claimRef?.uid !== undefined, phase, message };
}
