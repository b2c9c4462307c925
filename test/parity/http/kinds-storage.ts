import type { KindExample } from "./kinds.ts";

const STORAGE = "/apis/storage.k8s.io/v1";

export const STORAGE_KINDS: readonly KindExample[] = [
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
];
