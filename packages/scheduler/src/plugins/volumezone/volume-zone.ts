import {
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  storageClassOf,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
  type V1Pod,
  type V1StorageClass,
} from "@dingi/api";
import { equalJson } from "@dingi/apimachinery";
import type { Informers } from "@dingi/client";
import { SKIP, SUCCESS, unresolvable, type Plugin } from "../../framework/plugin.ts";

const NAME = "VolumeZone";

/** By each label of old, the one of today. */
const TODAY: Readonly<Record<string, string>> = {
  "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
};
const LABELS = [...Object.keys(TODAY), ...Object.values(TODAY)];

/** Where a volume can be reached from: one of these values of the label. */
interface Topology {
  readonly label: string;
  readonly values: readonly string[];
}

function topologiesOf({ metadata: { labels = {} } }: V1PersistentVolume): Topology[] {
  return LABELS.flatMap((label) => {
    // "a__b": the volume is in both.
    const values = labels[label]?.split("__").map((value) => value.trim());
    return values && values.every((value) => value !== "") ? [{ label, values }] : [];
  });
}

/** Volumes that are labelled with a zone are used there. Upstream: pkg/scheduler/framework/plugins/volumezone/volume_zone.go */
export function volumeZone(informers: Informers): Plugin {
  const claims = informers.of(PersistentVolumeClaim);
  const volumes = informers.of(PersistentVolume);
  const classes = informers.of(StorageClass);
  const topologies = ({ metadata: { namespace = "" } }: V1Pod, name: string): Topology[] | string => {
    const claim = claims.get({ namespace, name });
    if (!claim) return `persistentvolumeclaim ${JSON.stringify(name)} not found`;
    const { volumeName } = claim.spec;
    if (!volumeName) return waitsForNode(claim, (className) => classes.get({ namespace: "", name: className }));
    const volume = volumes.get({ namespace: "", name: volumeName });
    return volume ? topologiesOf(volume) : `persistentvolume ${JSON.stringify(volumeName)} not found`;
  };
  return {
    name: NAME,
    preFilter(state, pod) {
      const all: Topology[] = [];
      for (const name of claimNames(pod)) {
        const found = topologies(pod, name);
        if (typeof found === "string") return unresolvable(found);
        all.push(...found);
      }
      if (all.length === 0) return SKIP;
      state.write(NAME, all);
      return SUCCESS;
    },
    filter(state, _pod, { node }) {
      const { labels = {} } = node.metadata;
      if (!LABELS.some((label) => label in labels)) return SUCCESS;
      const isThere = ({ label, values }: Topology) =>
        values.includes(labels[label] ?? labels[TODAY[label] ?? label] ?? "");
      const all = state.read<Topology[]>(NAME) ?? [];
      return all.every(isThere) ? SUCCESS : unresolvable("node(s) had no available volume zone");
    },
    hints: [
      {
        resource: "StorageClass",
        actions: ["Add"],
        worthTrying: (_pod, { after }) => (after as V1StorageClass).volumeBindingMode === "WaitForFirstConsumer",
      },
      { resource: "Node", actions: ["Add", "UpdateNodeLabel"], worthTrying: () => true },
      {
        resource: "PersistentVolumeClaim",
        actions: ["Add", "Update"],
        worthTrying: (pod, { after }) =>
          pod.metadata.namespace === after!.metadata.namespace && claimNames(pod).includes(after!.metadata.name ?? ""),
      },
      { resource: "PersistentVolume", actions: ["Add"], worthTrying: () => true },
      {
        resource: "PersistentVolume",
        actions: ["Update"],
        worthTrying: (_pod, { before, after }) =>
          !equalJson(topologiesOf(before as V1PersistentVolume), topologiesOf(after as V1PersistentVolume)),
      },
    ],
  };
}

const claimNames = ({ spec }: V1Pod): string[] =>
  (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);

/** A claim without a volume has no zone yet, if its class waits for the pod's node; else why it cannot be used. */
function waitsForNode(
  claim: V1PersistentVolumeClaim,
  classOf: (name: string) => V1StorageClass | undefined,
): Topology[] | string {
  const className = storageClassOf(claim);
  if (className === "") return "PersistentVolumeClaim had no pv name and storageClass name";
  const storageClass = classOf(className);
  if (!storageClass) return `storageclass.storage.k8s.io ${JSON.stringify(className)} not found`;
  return storageClass.volumeBindingMode === "WaitForFirstConsumer" ? [] : "PersistentVolume had no name";
}
