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
  {
    kind: "StatefulSet",
    resource: "statefulsets",
    root: APPS,
    namespaced: true,
    minimal: { spec: { selector, template, serviceName: "s" } },
    full: {
      spec: {
        replicas: 3,
        minReadySeconds: 5,
        revisionHistoryLimit: 2,
        serviceName: "s",
        podManagementPolicy: "Parallel",
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1, maxUnavailable: "30%" } },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
        ordinals: { start: 2 },
        volumeClaimTemplates: [
          {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: { name: "claimed", labels: { a: "b" } },
            spec: {
              accessModes: ["ReadWriteOnce"],
              resources: { requests: { storage: "1Gi" } },
              storageClassName: "fast",
              volumeMode: "Filesystem",
            },
          },
        ],
        selector,
        template: { ...template, spec: podSpec },
      },
    },
    change: { spec: { replicas: 2 } },
    status: { status: { replicas: 2, readyReplicas: 1, availableReplicas: 1, collisionCount: 0, conditions: [] } },
    wrong: { spec: { serviceName: "t" } },
  },
  {
    kind: "DaemonSet",
    resource: "daemonsets",
    root: APPS,
    namespaced: true,
    minimal: { spec: { selector, template } },
    full: {
      spec: {
        minReadySeconds: 5,
        revisionHistoryLimit: 2,
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "30%", maxUnavailable: 0 } },
        selector,
        template: { ...template, spec: podSpec },
      },
    },
    change: { spec: { template: { spec: { terminationGracePeriodSeconds: 4 } } } },
    status: {
      status: { currentNumberScheduled: 1, numberMisscheduled: 0, desiredNumberScheduled: 2, numberReady: 1 },
    },
    wrong: { spec: { updateStrategy: { rollingUpdate: { maxSurge: 1 } } } },
  },
  {
    kind: "ControllerRevision",
    resource: "controllerrevisions",
    root: APPS,
    namespaced: true,
    minimal: { revision: 1, data: { a: "b" } },
    full: { revision: 7, data: { spec: { template: { $patch: "replace", n: 1, list: [1, null, "x"] } } } },
    change: { revision: 2 },
    wrong: { data: { a: "c" } },
  },
];
