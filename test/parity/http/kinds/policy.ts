import type { KindExample } from "../kind-example.ts";
import { selector } from "../pod-example.ts";

export const POLICY_KINDS: readonly KindExample[] = [
  {
    kind: "PodDisruptionBudget",
    resource: "poddisruptionbudgets",
    root: "/apis/policy/v1",
    namespaced: true,
    minimal: {},
    full: {
      spec: {
        minAvailable: "50%",
        selector: { ...selector, matchExpressions: [{ key: "k", operator: "In", values: ["v"] }] },
        unhealthyPodEvictionPolicy: "AlwaysAllow",
      },
    },
    change: { spec: { maxUnavailable: 1 } },
    status: {
      status: { observedGeneration: 1, disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 },
    },
    wrong: { spec: { minAvailable: 1, maxUnavailable: 1 } },
  },
];
