import type { KindExample } from "../kind-example.ts";
import { podSpec, template } from "../pod-example.ts";

const BATCH = "/apis/batch/v1";
const onceTemplate = { spec: { ...template.spec, restartPolicy: "Never" } };

const jobSpec = {
  parallelism: 2,
  completions: 3,
  completionMode: "Indexed",
  activeDeadlineSeconds: 60,
  backoffLimit: 4,
  backoffLimitPerIndex: 1,
  maxFailedIndexes: 2,
  ttlSecondsAfterFinished: 100,
  suspend: true,
  podReplacementPolicy: "Failed",
  managedBy: "example.org/controller",
  podFailurePolicy: {
    rules: [
      { action: "FailIndex", onExitCodes: { containerName: "c", operator: "In", values: [3, 42] } },
      { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
    ],
  },
  successPolicy: { rules: [{ succeededIndexes: "0,2", succeededCount: 1 }] },
  template: { metadata: template.metadata, spec: { ...podSpec, restartPolicy: "Never" } },
};

export const BATCH_KINDS: readonly KindExample[] = [
  {
    kind: "Job",
    resource: "jobs",
    root: BATCH,
    namespaced: true,
    minimal: { spec: { template: onceTemplate } },
    full: { spec: jobSpec },
    change: { spec: { parallelism: 2 } },
    status: { status: { active: 1, ready: 1, startTime: "2020-01-01T00:00:00Z" } },
    wrong: { spec: { completions: 5 } },
    unanswered: ["spec.completions"],
  },
  {
    kind: "CronJob",
    resource: "cronjobs",
    root: BATCH,
    namespaced: true,
    minimal: { spec: { schedule: "* * * * *", jobTemplate: { spec: { template: onceTemplate } } } },
    full: {
      spec: {
        schedule: "*/5 1-3 * jan,7 mon-fri",
        timeZone: "Europe/Berlin",
        startingDeadlineSeconds: 30,
        concurrencyPolicy: "Forbid",
        suspend: true,
        successfulJobsHistoryLimit: 2,
        failedJobsHistoryLimit: 1,
        jobTemplate: { metadata: { labels: { a: "b" }, annotations: { c: "d" } }, spec: { template: onceTemplate } },
      },
    },
    change: { spec: { suspend: true } },
    status: { status: { active: [{ kind: "Job", name: "j" }], lastScheduleTime: "2020-01-01T00:00:00Z" } },
    wrong: { spec: { schedule: "never" } },
  },
];
