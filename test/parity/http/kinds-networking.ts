import type { KindExample } from "./kinds.ts";

const NETWORKING = "/apis/networking.k8s.io/v1";

export const NETWORKING_KINDS: readonly KindExample[] = [
  {
    resource: "servicecidrs",
    kind: "ServiceCIDR",
    root: NETWORKING,
    namespaced: false,
    minimal: { spec: { cidrs: ["10.7.0.0/24"] } },
    full: { spec: { cidrs: ["10.8.0.0/24", "2001:db8:8::/64"] } },
    change: { spec: { cidrs: ["10.7.0.0/24", "2001:db8:7::/64"] } },
    status: {
      status: {
        conditions: [
          { type: "Ready", status: "True", reason: "R", message: "m", lastTransitionTime: "2020-01-01T00:00:00Z" },
        ],
      },
    },
    wrong: { spec: { cidrs: ["10.9.0.0/24"] } },
  },
];
