import {
  LOCAL_PROVISIONER,
  LOCAL_VOLUME_FINALIZER,
  LOCAL_VOLUME_NODE,
  PROVISIONED_BY,
  SELECTED_NODE,
  STORAGE_PROVISIONER,
  type V1Node,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
  type V1StorageClass,
} from "@dingi/api";
import type { NewObject } from "@dingi/client";

const HOSTNAME = "kubernetes.io/hostname";
/** Below the kubelet's directory, which outlives agents and the node's end. The agent makes `<path>/<name of the volume>`. */
const DIRECTORY = "/var/lib/kubelet/local-volumes";
/** One node at a time has the data. */
const ACCESS_MODES: ReadonlySet<string> = new Set(["ReadWriteOnce", "ReadWriteOncePod"]);

type ProvisionPlan =
  | { readonly action: "none" }
  | { readonly action: "create"; readonly volume: NewObject<V1PersistentVolume> }
  /** The node is gone: the scheduler has to choose another one. */
  | { readonly action: "reschedule" }
  | { readonly action: "refuse"; readonly why: string };

interface ProvisionWorld {
  readonly storageClass: V1StorageClass | undefined;
  /** The one that was selected, if it exists. */
  readonly node: V1Node | undefined;
}

export const isAsked = ({ metadata, spec }: V1PersistentVolumeClaim): boolean =>
  metadata.annotations?.[STORAGE_PROVISIONER] === LOCAL_PROVISIONER && !spec.volumeName;

export const volumeNameOf = ({ metadata }: V1PersistentVolumeClaim): string => `pvc-${metadata.uid}`;

/** What a claim that asks for a volume on a node's own disk is given. */
export function planProvision(claim: V1PersistentVolumeClaim, { storageClass, node }: ProvisionWorld): ProvisionPlan {
  if (!isAsked(claim) || claim.metadata.deletionTimestamp !== undefined) return { action: "none" };
  if (storageClass?.provisioner !== LOCAL_PROVISIONER) return { action: "none" };
  const why = refusal(claim, storageClass);
  if (why !== undefined) return { action: "refuse", why };
  if (!node) return { action: "reschedule" };
  return { action: "create", volume: volumeFor(claim, storageClass, node) };
}

function refusal(claim: V1PersistentVolumeClaim, storageClass: V1StorageClass): string | undefined {
  return claimRefusal(claim) ?? classRefusal(storageClass);
}

function claimRefusal({ metadata, spec }: V1PersistentVolumeClaim): string | undefined {
  if (metadata.annotations?.[SELECTED_NODE] === undefined)
    return "no node was selected: use a StorageClass with volumeBindingMode WaitForFirstConsumer";
  if (spec.volumeMode === "Block") return "volumeMode Block is not supported: the volume is a directory";
  if (spec.selector) return "a selector is not supported: the volume is made for the claim";
  if (spec.dataSource ?? spec.dataSourceRef) return "a data source is not supported";
  const mode = spec.accessModes?.find((candidate) => !ACCESS_MODES.has(candidate));
  return mode === undefined
    ? undefined
    : `access mode ${mode} is not supported: only one node has the data, use ReadWriteOnce`;
}

function classRefusal({ parameters = {}, mountOptions = [] }: V1StorageClass): string | undefined {
  const [parameter] = Object.keys(parameters);
  if (parameter !== undefined) return `parameter ${JSON.stringify(parameter)} of the StorageClass is not known`;
  return mountOptions.length > 0 ? "mount options are not supported: the volume is a directory" : undefined;
}

/** As large as it was asked to be, which nobody enforces. */
function volumeFor(claim: V1PersistentVolumeClaim, storageClass: V1StorageClass, node: V1Node) {
  const name = volumeNameOf(claim);
  const hostname = node.metadata.labels?.[HOSTNAME] ?? node.metadata.name ?? "";
  const isThere = { matchExpressions: [{ key: HOSTNAME, operator: "In", values: [hostname] }] };
  const { namespace, name: claimName, uid, resourceVersion } = claim.metadata;
  const { volumeAttributesClassName, accessModes, resources } = claim.spec;
  return {
    metadata: {
      name,
      labels: { [LOCAL_VOLUME_NODE]: hostname },
      annotations: { [PROVISIONED_BY]: LOCAL_PROVISIONER },
      finalizers: [LOCAL_VOLUME_FINALIZER],
    },
    spec: {
      accessModes: accessModes ?? [],
      capacity: { storage: resources?.requests?.["storage"] ?? "0" },
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name: claimName, uid, resourceVersion },
      local: { path: `${DIRECTORY}/${name}` },
      nodeAffinity: { required: { nodeSelectorTerms: [isThere] } },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? "Delete",
      storageClassName: storageClass.metadata.name,
      volumeMode: "Filesystem",
      ...(volumeAttributesClassName === undefined ? {} : { volumeAttributesClassName }),
    },
  } satisfies NewObject<V1PersistentVolume>;
}
