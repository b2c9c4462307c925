import { adopt, path, semanticEqual, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import { podNameWarnings } from "../../apps/replicaset/warnings.ts";
import { dropDisabledJobFields } from "../job/disabled-fields.ts";
import { jobSpecWarnings } from "../job/warnings.ts";
import type { V1CronJob } from "./cronjob.gen.ts";
import { validateCronJob, validateCronJobUpdate } from "./validation.ts";

const JOB_SPEC = path("spec", "jobTemplate", "spec");

/** Upstream: pkg/registry/batch/cronjob/strategy.go */
export const strategy: Strategy<V1CronJob> = {
  resetFields: [["status"]],
  prepareForCreate(cronJob) {
    cronJob.status = {};
    cronJob.metadata.generation = 1;
    if (cronJob.spec.jobTemplate.spec) dropDisabledJobFields(cronJob.spec.jobTemplate.spec);
  },
  prepareForUpdate(cronJob, old) {
    const { metadata, spec } = cronJob;
    cronJob.status = adopt(old.status);
    if (spec.jobTemplate.spec) dropDisabledJobFields(spec.jobTemplate.spec, old.spec.jobTemplate.spec);
    if (!semanticEqual(spec, old.spec)) metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: validateCronJob,
  validateUpdate: validateCronJobUpdate,
  warningsOnCreate: (cronJob) => [...podNameWarnings(cronJob), ...templateWarnings(cronJob)],
  warningsOnUpdate: (cronJob, old) => [
    ...(cronJob.metadata.generation === old.metadata.generation ? [] : templateWarnings(cronJob)),
    ...zoneWarnings(cronJob),
  ],
};

const templateWarnings = ({ spec }: V1CronJob): string[] =>
  spec.jobTemplate.spec ? jobSpecWarnings(spec.jobTemplate.spec, JOB_SPEC) : [];

/** Upstream names the field so. */
function zoneWarnings({ spec }: V1CronJob): string[] {
  if (!spec.schedule.includes("TZ")) return [];
  return [
    "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details",
  ];
}

export const statusStrategy: UpdateStrategy<V1CronJob> = {
  resetFields: [["spec"]],
  prepareForUpdate(cronJob, old) {
    cronJob.spec = adopt(old.spec);
  },
};
