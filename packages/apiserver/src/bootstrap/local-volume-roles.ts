import { AUTOUPDATE } from "./reconcile.ts";

const API_GROUP = "rbac.authorization.k8s.io";

const binding = (name: string, subject: object) => ({
  apiVersion: `${API_GROUP}/v1`,
  kind: "ClusterRoleBinding",
  metadata: { name, annotations: { [AUTOUPDATE]: "true" } },
  roleRef: { apiGroup: API_GROUP, kind: "ClusterRole", name },
  subjects: [subject],
});

const role = (name: string, rules: readonly object[]) => ({
  apiVersion: `${API_GROUP}/v1`,
  kind: "ClusterRole",
  metadata: { name, annotations: { [AUTOUPDATE]: "true" } },
  rules,
});

const PROVISIONER = "dingi:local-volume-provisioner";
const NODES = "dingi:local-volumes";

/** Who makes the objects of volumes on nodes' own disks, and the part of the agents that keeps their directories. */
export const LOCAL_VOLUME_ROLES = [
  role(PROVISIONER, [
    {
      apiGroups: [""],
      resources: ["persistentvolumes"],
      verbs: ["create", "delete", "get", "list", "update", "watch"],
    },
    { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: ["get", "list", "update", "watch"] },
    { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
    { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: ["get", "list", "watch"] },
    { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["create", "patch", "update"] },
  ]),
  role(NODES, [
    { apiGroups: [""], resources: ["persistentvolumes"], verbs: ["delete", "get", "list", "update", "watch"] },
  ]),
  binding(PROVISIONER, { kind: "ServiceAccount", namespace: "kube-system", name: "local-volume-provisioner" }),
  binding(NODES, { apiGroup: API_GROUP, kind: "Group", name: NODES }),
];
