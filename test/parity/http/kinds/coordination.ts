import type { KindExample } from "../kind-example.ts";

export const COORDINATION_KINDS: readonly KindExample[] = [
  {
    kind: "Lease",
    resource: "leases",
    root: "/apis/coordination.k8s.io/v1",
    namespaced: true,
    minimal: {},
    full: {
      spec: {
        holderIdentity: "me",
        leaseDurationSeconds: 15,
        leaseTransitions: 1,
        renewTime: "2020-01-01T00:00:00.000000Z",
      },
    },
    change: { spec: { holderIdentity: "you" } },
    wrong: { spec: { leaseDurationSeconds: -1 } },
  },
];
