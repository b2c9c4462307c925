import type { KindExample } from "../kind-example.ts";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";

export const RBAC_KINDS: readonly KindExample[] = [
  {
    kind: "Role",
    resource: "roles",
    root: RBAC,
    namespaced: true,
    minimal: {},
    full: { rules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"], resourceNames: ["p"] }] },
    change: { rules: [] },
    wrong: { rules: [{ verbs: [], apiGroups: [""], resources: ["pods"] }] },
  },
  {
    kind: "RoleBinding",
    resource: "rolebindings",
    root: RBAC,
    namespaced: true,
    minimal: { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" } },
    full: {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [
        { kind: "User", name: "ada" },
        { kind: "ServiceAccount", name: "default", namespace: "{ns}" },
      ],
    },
    change: { subjects: [{ kind: "Group", name: "people" }] },
    wrong: { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "other" } },
  },
  {
    kind: "ClusterRole",
    resource: "clusterroles",
    root: RBAC,
    namespaced: false,
    minimal: {},
    full: {
      rules: [{ verbs: ["get"], nonResourceURLs: ["/x"] }],
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { parity: "yes" } }] },
    },
    change: { rules: [] },
    wrong: { rules: [{ verbs: ["get"], nonResourceURLs: ["/x"], resources: ["pods"] }] },
  },
  {
    kind: "ClusterRoleBinding",
    resource: "clusterrolebindings",
    root: RBAC,
    namespaced: false,
    minimal: { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "r" } },
    full: {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [{ kind: "User", name: "ada" }],
    },
    change: { subjects: [{ kind: "Group", name: "people" }] },
    wrong: { subjects: [{ kind: "Machine", name: "m" }] },
  },
];
