import type { KindExample } from "../kind-example.ts";

export const SCHEDULING_KINDS: readonly KindExample[] = [
  {
    kind: "PriorityClass",
    resource: "priorityclasses",
    root: "/apis/scheduling.k8s.io/v1",
    namespaced: false,
    minimal: { value: 5 },
    full: { value: 7, description: "d", preemptionPolicy: "Never" },
    change: { description: "e" },
    wrong: { value: 6 },
  },
];
