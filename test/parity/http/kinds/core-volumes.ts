import type { KindExample } from "../kind-example.ts";

export const CORE_VOLUMES_KINDS: readonly KindExample[] = [
  {
    resource: "persistentvolumeclaims",
    kind: "PersistentVolumeClaim",
    root: "/api/v1",
    namespaced: true,
    minimal: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
    full: {
      spec: {
        accessModes: ["ReadWriteOnce", "ReadOnlyMany"],
        selector: { matchLabels: { disk: "ssd" }, matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] },
        resources: { requests: { storage: "1Gi" }, limits: { storage: "2Gi" } },
        volumeName: "pv",
        storageClassName: "fast",
        volumeMode: "Block",
        dataSource: { apiGroup: "snapshot.storage.k8s.io", kind: "VolumeSnapshot", name: "s" },
        dataSourceRef: { apiGroup: "snapshot.storage.k8s.io", kind: "VolumeSnapshot", name: "s" },
        volumeAttributesClassName: "gold",
      },
    },
    change: { spec: { volumeName: "pv" } },
    status: { status: { phase: "Bound", accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" } } },
    wrong: { spec: { accessModes: ["Sometimes"] } },
  },
  {
    resource: "persistentvolumes",
    kind: "PersistentVolume",
    root: "/api/v1",
    namespaced: false,
    minimal: {
      spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], nfs: { server: "s", path: "/p" } },
    },
    full: {
      spec: {
        capacity: { storage: "1Gi" },
        accessModes: ["ReadWriteOnce", "ReadOnlyMany"],
        claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace: "n", name: "c", uid: "u" },
        persistentVolumeReclaimPolicy: "Delete",
        storageClassName: "fast",
        mountOptions: ["ro"],
        volumeMode: "Block",
        nodeAffinity: {
          required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] }] },
        },
        volumeAttributesClassName: "gold",
        csi: {
          driver: "example.org",
          volumeHandle: "h",
          readOnly: true,
          fsType: "ext4",
          volumeAttributes: { a: "b" },
          controllerPublishSecretRef: { name: "a", namespace: "n" },
          nodeStageSecretRef: { name: "b", namespace: "n" },
          nodePublishSecretRef: { name: "c", namespace: "n" },
          controllerExpandSecretRef: { name: "d", namespace: "n" },
          nodeExpandSecretRef: { name: "e", namespace: "n" },
        },
      },
    },
    change: { spec: { capacity: { storage: "2Gi" }, claimRef: { namespace: "n", name: "c" } } },
    status: { status: { phase: "Available", message: "m", lastPhaseTransitionTime: "2020-01-01T00:00:00Z" } },
    wrong: { spec: { nfs: { server: "other" } } },
  },
];
