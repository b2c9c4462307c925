import type { KindExample } from "../kind-example.ts";
import { podSpec, selector, template } from "../pod-example.ts";

const APPS = "/apis/apps/v1";

export const APPS_KINDS: readonly KindExample[] = [
  {
    kind: "ReplicaSet",
    resource: "replicasets",
    root: APPS,
    namespaced: true,
    minimal: { spec: { selector, template } },
    full: { spec: { replicas: 3, minReadySeconds: 5, selector, template: { ...template, spec: podSpec } } },
    change: { spec: { replicas: 2 } },
    status: { status: { replicas: 2, readyReplicas: 1 } },
    wrong: { spec: { replicas: -1 } },
  },
  {
    kind: "Deployment",
    resource: "deployments",
    root: APPS,
    namespaced: true,
    minimal: { spec: { selector, template } },
    full: {
      spec: {
        replicas: 3,
        minReadySeconds: 5,
        revisionHistoryLimit: 2,
        progressDeadlineSeconds: 60,
        paused: true,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "30%", maxUnavailable: 0 } },
        selector,
        template: { ...template, spec: podSpec },
      },
    },
    change: { spec: { replicas: 2 } },
    status: { status: { observedGeneration: 1, replicas: 1, conditions: [] } },
    wrong: { spec: { strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } } },
  },
];
