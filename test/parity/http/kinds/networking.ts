import type { KindExample } from "../kind-example.ts";

export const NETWORKING_KINDS: readonly KindExample[] = [
  {
    kind: "IngressClass",
    resource: "ingressclasses",
    root: "/apis/networking.k8s.io/v1",
    namespaced: false,
    minimal: { spec: { controller: "example.org/c" } },
    full: {
      spec: {
        controller: "example.org/c",
        parameters: { apiGroup: "example.org", kind: "K", name: "n", scope: "Namespace", namespace: "x" },
      },
    },
    change: { spec: { parameters: { kind: "K", name: "m" } } },
    wrong: { spec: { controller: "example.org/d" } },
  },
];
