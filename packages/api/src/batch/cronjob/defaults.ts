import type { Draft } from "@dingi/apimachinery";
import { defaultJobTemplate } from "../job/defaults.ts";
import type { V1CronJob } from "./cronjob.gen.ts";

/** What a Job fills in itself is left to it. Upstream: pkg/apis/batch/v1/defaults.go#SetDefaults_CronJob */
export function defaultCronJob(cronJob: Draft<V1CronJob>): void {
  cronJob.spec ??= { schedule: "", jobTemplate: {} };
  cronJob.status ??= {};
  const { spec } = cronJob;
  spec.concurrencyPolicy ||= "Allow";
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  spec.jobTemplate ??= {};
  spec.jobTemplate.spec ??= { template: {} };
  defaultJobTemplate(spec.jobTemplate.spec);
}
