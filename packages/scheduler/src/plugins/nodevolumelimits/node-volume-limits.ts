import {
  CSIDriver,
  CSINode,
  foreignClaim,
  PersistentVolume,
  PersistentVolumeClaim,
  podClaims,
  StorageClass,
  storageClassOf,
  VolumeAttachment,
  type V1CSINode,
  type V1PersistentVolumeClaim,
  type V1Pod,
  type V1VolumeAttachment,
} from "@dingi/api";
import type { Informers } from "@dingi/client";
import { SKIP, SUCCESS, unresolvable, unschedulable, type Plugin } from "../../framework/plugin.ts";
import { usesClaim } from "../volumebinding/hints.ts";

const ON_NODE = "node";
const TOO_MANY = "node(s) exceed max volume count";

/** Volumes of drivers: by a name that is the volume's own, its driver. */
type Volumes = ReadonlyMap<string, string>;

/** No more volumes on a node than its drivers say that it can have. Upstream: pkg/scheduler/framework/plugins/nodevolumelimits/csi.go */
export function nodeVolumeLimits(informers: Informers): Plugin {
  const lookups = new CsiVolumes(informers);
  return {
    name: "NodeVolumeLimits",
    preFilter: (_state, pod) => (podClaims(pod).length > 0 ? SUCCESS : SKIP),
    filter(_state, pod, { name, pods }) {
      const fresh = lookups.of(pod);
      if (typeof fresh === "string") return unresolvable(fresh);
      if (fresh.size === 0) return SUCCESS;
      const csiNode = lookups.csiNode(name);
      const missing = [...fresh.values()].find((driver) => lookups.isMissing(driver, csiNode));
      if (missing !== undefined) return unschedulable(`${missing} CSI driver is not installed on the node`);
      const limits = limitsOf(csiNode);
      if (limits.size === 0) return SUCCESS;
      const there = new Map(lookups.attachedTo(name));
      for (const other of pods) {
        const found = lookups.of(other);
        // What another pod lacks is its own affair.
        if (typeof found !== "string") for (const [volume, driver] of found) there.set(volume, driver);
      }
      const coming = new Map([...fresh].filter(([volume]) => !there.has(volume)));
      const fits = [...countByDriver(coming)].every(
        ([driver, count]) => (countByDriver(there).get(driver) ?? 0) + count <= (limits.get(driver) ?? Infinity),
      );
      return fits ? SUCCESS : unschedulable(TOO_MANY);
    },
    hints: [
      { resource: "CSINode", actions: ["Add"], worthTrying: () => true },
      {
        resource: "CSINode",
        actions: ["Update"],
        worthTrying: (_pod, { before, after }) => hasMoreRoom(before as V1CSINode, after as V1CSINode),
      },
      {
        resource: "AssignedPod",
        actions: ["Delete"],
        worthTrying: (_pod, { before }) => podClaims(before as V1Pod).length > 0,
      },
      {
        resource: "PersistentVolumeClaim",
        actions: ["Add"],
        worthTrying: (pod, { after }) => usesClaim(pod, after as V1PersistentVolumeClaim),
      },
      {
        resource: "VolumeAttachment",
        actions: ["Delete"],
        worthTrying: ({ spec }) => (spec.volumes ?? []).some((volume) => volume.persistentVolumeClaim !== undefined),
      },
    ],
  };
}

class CsiVolumes {
  readonly #informers: Informers;

  constructor(informers: Informers) {
    this.#informers = informers;
    // Before they are started.
    for (const kind of [CSINode, CSIDriver, PersistentVolume, PersistentVolumeClaim, StorageClass])
      informers.of(kind as never);
    informers.of(VolumeAttachment, { indexes: { [ON_NODE]: ({ spec }: V1VolumeAttachment) => [spec.nodeName] } });
  }

  csiNode(name: string): V1CSINode | undefined {
    return this.#informers.of(CSINode).get({ namespace: "", name });
  }

  /** Those that a pod's claims are, or will be; why not, when a claim is not to be had. */
  of(pod: V1Pod): Volumes | string {
    const { namespace = "" } = pod.metadata;
    const volumes = new Map<string, string>();
    for (const { claimName: name, isEphemeral } of podClaims(pod)) {
      const claim = this.#informers.of(PersistentVolumeClaim).get({ namespace, name });
      if (!claim) return `looking up PVC ${namespace}/${name}: persistentvolumeclaim ${JSON.stringify(name)} not found`;
      const foreign = isEphemeral ? foreignClaim(pod, claim) : undefined;
      if (foreign !== undefined) return foreign;
      const [driver, handle] = this.#driverOf(claim);
      if (driver !== "") volumes.set(`${driver}/${handle}`, driver);
    }
    return volumes;
  }

  /** What is attached, whichever pod it is for. */
  attachedTo(node: string): Volumes {
    const volumes = new Map<string, string>();
    for (const { spec } of this.#informers.of(VolumeAttachment).by(ON_NODE, node)) {
      const name = spec.source.persistentVolumeName ?? "";
      const csi = this.#informers.of(PersistentVolume).get({ namespace: "", name })?.spec.csi;
      if (csi && spec.attacher !== "") volumes.set(`${spec.attacher}/${csi.volumeHandle}`, spec.attacher);
    }
    return volumes;
  }

  /** Whether pods that need the driver are to be kept off nodes that lack it, as this one does. */
  isMissing(driver: string, csiNode: V1CSINode | undefined): boolean {
    const { spec } = this.#informers.of(CSIDriver).get({ namespace: "", name: driver }) ?? {};
    return spec?.preventPodSchedulingIfMissing === true && !csiNode?.spec.drivers.some(({ name }) => name === driver);
  }

  /** A volume that is still to be made is counted under its claim's name. */
  #driverOf(claim: V1PersistentVolumeClaim): readonly [driver: string, handle: string] {
    const name = claim.spec.volumeName ?? "";
    const volume = this.#informers.of(PersistentVolume).get({ namespace: "", name });
    if (volume) return [volume.spec.csi?.driver ?? "", volume.spec.csi?.volumeHandle ?? ""];
    const storageClass = this.#informers.of(StorageClass).get({ namespace: "", name: storageClassOf(claim) });
    return [storageClass?.provisioner ?? "", `claim ${claim.metadata.namespace}/${claim.metadata.name}`];
  }
}

function countByDriver(volumes: Volumes): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const driver of volumes.values()) counts.set(driver, (counts.get(driver) ?? 0) + 1);
  return counts;
}

function limitsOf(csiNode: V1CSINode | undefined): ReadonlyMap<string, number> {
  return new Map(
    (csiNode?.spec.drivers ?? []).flatMap(({ name, allocatable }) =>
      allocatable?.count === undefined ? [] : [[name, allocatable.count] as const],
    ),
  );
}

function hasMoreRoom(before: V1CSINode, after: V1CSINode): boolean {
  const had = limitsOf(before);
  return [...limitsOf(after)].some(([driver, limit]) => limit > (had.get(driver) ?? 0));
}
