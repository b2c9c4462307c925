import type { KindExample } from "../kind-example.ts";
import { selector } from "../pod-example.ts";

const STORAGE = "/apis/storage.k8s.io/v1";

export const STORAGE_KINDS: readonly KindExample[] = [
  {
    kind: "CSIDriver",
    resource: "csidrivers",
    root: "/apis/storage.k8s.io/v1",
    namespaced: false,
    minimal: {},
    full: {
      spec: {
        attachRequired: false,
        podInfoOnMount: true,
        storageCapacity: true,
        fsGroupPolicy: "File",
        volumeLifecycleModes: ["Persistent", "Ephemeral"],
        tokenRequests: [{ audience: "a", expirationSeconds: 600 }],
        requiresRepublish: true,
        seLinuxMount: true,
        nodeAllocatableUpdatePeriodSeconds: 60,
        serviceAccountTokenInSecrets: true,
        preventPodSchedulingIfMissing: true,
      },
    },
    change: { spec: { podInfoOnMount: true } },
    wrong: { spec: { fsGroupPolicy: "Odd" } },
  },
  {
    kind: "CSIStorageCapacity",
    resource: "csistoragecapacities",
    root: "/apis/storage.k8s.io/v1",
    namespaced: true,
    minimal: { storageClassName: "s" },
    full: { storageClassName: "s", capacity: "1Gi", maximumVolumeSize: "100Mi", nodeTopology: selector },
    change: { capacity: "2Gi" },
    wrong: { storageClassName: "t" },
  },
  {
    resource: "storageclasses",
    kind: "StorageClass",
    root: STORAGE,
    namespaced: false,
    minimal: { provisioner: "example.org/p" },
    full: {
      provisioner: "example.org/p",
      parameters: { type: "fast" },
      reclaimPolicy: "Retain",
      mountOptions: ["ro"],
      allowVolumeExpansion: true,
      volumeBindingMode: "WaitForFirstConsumer",
      allowedTopologies: [{ matchLabelExpressions: [{ key: "zone", values: ["a", "b"] }] }],
    },
    change: { allowVolumeExpansion: false, mountOptions: ["rw"] },
    wrong: { provisioner: "example.org/q", parameters: { a: "b" } },
  },
  {
    resource: "volumeattributesclasses",
    kind: "VolumeAttributesClass",
    root: STORAGE,
    namespaced: false,
    minimal: { driverName: "example.org", parameters: { iops: "5" } },
    full: { driverName: "example.org", parameters: { iops: "5", throughput: "7" } },
    wrong: { driverName: "example.com" },
  },
  {
    resource: "csinodes",
    kind: "CSINode",
    root: STORAGE,
    namespaced: false,
    minimal: { spec: { drivers: [{ name: "example.com", nodeID: "n" }] } },
    full: {
      spec: { drivers: [{ name: "example.org", nodeID: "n", topologyKeys: ["zone"], allocatable: { count: 4 } }] },
    },
    change: { spec: { drivers: [{ name: "example.com", nodeID: "n", allocatable: { count: 3 } }] } },
    status: { status: { storageHealth: [{ name: "example.org" }] } },
    wrong: { spec: { drivers: [{ name: "example.org" }] } },
  },
  {
    resource: "volumeattachments",
    kind: "VolumeAttachment",
    root: STORAGE,
    namespaced: false,
    minimal: { spec: { attacher: "example.org", nodeName: "n", source: { persistentVolumeName: "pv" } } },
    full: {
      spec: {
        attacher: "example.org",
        nodeName: "n",
        source: { inlineVolumeSpec: { accessModes: ["ReadWriteOnce"], csi: { driver: "d", volumeHandle: "h" } } },
      },
    },
    status: { status: { attached: true, attachmentMetadata: { a: "b" }, detachError: { message: "m", errorCode: 3 } } },
    wrong: { spec: { nodeName: "other" } },
  },
];
