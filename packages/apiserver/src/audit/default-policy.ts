import type { AuditPolicyObject } from "./policy.ts";

const LEASES = { group: "coordination.k8s.io", resources: ["leases"] };
const EVENTS = ["", "events.k8s.io"].map((group) => ({ group, resources: ["events"] }));
/** What asks a question, although it is created; some carry tokens. */
const REVIEWS = ["authentication.k8s.io", "authorization.k8s.io"].map((group) => ({ group }));
const SECRETS = { group: "", resources: ["secrets", "serviceaccounts/token"] };
/** Doors into containers and nodes. */
const STREAMS = ["pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy", "nodes/proxy"];

/**
 * Who changed what, who looked at secrets, and who went into containers; nothing of what was sent or answered. What the
 * cluster's own parts do all day is left out.
 */
export const DEFAULT_AUDIT_POLICY: AuditPolicyObject = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "None", resources: [LEASES, ...EVENTS, ...REVIEWS] },
    { level: "None", userGroups: ["system:nodes"], verbs: ["get", "list", "watch"] },
    {
      level: "None",
      userGroups: ["system:nodes"],
      resources: [{ group: "", resources: ["nodes/status", "pods/status"] }],
    },
    {
      level: "None",
      users: ["system:apiserver", "system:kube-controller-manager", "system:kube-scheduler"],
      verbs: ["get", "list", "watch"],
    },
    { level: "None", userGroups: ["system:serviceaccounts:kube-system"], verbs: ["get", "list", "watch"] },
    { level: "Metadata", resources: [SECRETS, { group: "", resources: STREAMS }] },
    { level: "None", verbs: ["get", "list", "watch", "head", "options"] },
    { level: "Metadata" },
  ],
};
