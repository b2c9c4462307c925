import type { KindExample } from "../kind-example.ts";

export const NODE_KINDS: readonly KindExample[] = [
  {
    kind: "RuntimeClass",
    resource: "runtimeclasses",
    root: "/apis/node.k8s.io/v1",
    namespaced: false,
    minimal: { handler: "h" },
    full: {
      handler: "h",
      overhead: { podFixed: { cpu: "250m", memory: "120Mi" } },
      scheduling: { nodeSelector: { disk: "ssd" }, tolerations: [{ key: "k", operator: "Exists" }] },
    },
    change: { overhead: { podFixed: { cpu: "300m" } } },
    wrong: { handler: "other" },
  },
];
