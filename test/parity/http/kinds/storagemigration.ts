import type { KindExample } from "../kind-example.ts";

export const STORAGEMIGRATION_KINDS: readonly KindExample[] = [
  {
    kind: "StorageVersionMigration",
    resource: "storageversionmigrations",
    root: "/apis/storagemigration.k8s.io/v1",
    namespaced: false,
    minimal: { spec: { resource: { resource: "pods" } } },
    full: { spec: { resource: { group: "apps", resource: "deployments" } } },
    status: {
      status: {
        resourceVersion: "5",
        conditions: [
          { type: "Running", status: "True", reason: "R", message: "m", lastTransitionTime: "2020-01-01T00:00:00Z" },
        ],
      },
    },
    wrong: { spec: { resource: { resource: "secrets" } } },
  },
];
