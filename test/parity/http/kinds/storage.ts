import type { KindExample } from "../kind-example.ts";
import { selector } from "../pod-example.ts";

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
];
