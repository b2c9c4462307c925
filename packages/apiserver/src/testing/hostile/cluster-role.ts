import { short } from "./filling.ts";
import type { HostileKind } from "./hostile-kind.ts";

export const clusterRole: HostileKind = {
  url: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  base: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", rules: [] },
  fields: {
    "empty rules": (filling) => ({ rules: filling.items(() => ({})) }),
    rules: (filling) => ({ rules: filling.items((i) => ({ verbs: ["get"], apiGroups: [""], resources: [short(i)] })) }),
    "wide rule": (filling) => ({
      rules: [
        {
          verbs: filling.items((i) => short(i), 1 / 4),
          apiGroups: filling.items((i) => short(i), 1 / 4),
          resources: filling.items((i) => short(i), 1 / 4),
        },
      ],
    }),
    "wide rule with names": (filling) => ({
      rules: [
        {
          verbs: filling.items(short, 1 / 4),
          apiGroups: [""],
          resources: filling.items(short, 1 / 4),
          resourceNames: filling.items(short, 1 / 4),
        },
      ],
    }),
    URLs: (filling) => ({ rules: [{ verbs: ["get"], nonResourceURLs: filling.items((i) => `/${short(i)}*`) }] }),
    "selectors of an aggregation": (filling) => ({
      aggregationRule: { clusterRoleSelectors: filling.items(() => ({})) },
    }),
  },
};
