import type { Draft } from "@dingi/apimachinery";
import { defaultPodTemplate } from "../../core/pod/defaults.ts";
import type { V1Job, V1JobSpec } from "./job.gen.ts";

const MAX_INT32 = 2 ** 31 - 1;
const BACKOFF_LIMIT = 6;

/** Upstream: pkg/apis/batch/v1/defaults.go#SetDefaults_Job */
export function defaultJob(job: Draft<V1Job>): void {
  job.spec ??= { template: {} };
  job.status ??= {};
  const { spec } = job;
  spec.template ??= {};
  shareLabels(job);
  defaultCounts(spec);
  spec.completionMode ??= "NonIndexed";
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? "Failed" : "TerminatingOrFailed";
  spec.manualSelector ??= false;
  defaultJobTemplate(spec);
}

/** The same object: labels that the strategy adds to the one are to be found in the other, upstream. */
function shareLabels({ metadata, spec }: Draft<V1Job>): void {
  const labels = spec.template.metadata?.labels;
  if (labels && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = labels;
}

function defaultCounts(spec: Draft<V1JobSpec>): void {
  if (spec.parallelism === undefined) spec.completions ??= 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? BACKOFF_LIMIT : MAX_INT32;
}

/** What a Job has in common with the template of one. Upstream: …/zz_generated.defaults.go#SetObjectDefaults_CronJob */
export function defaultJobTemplate(spec: Draft<V1JobSpec>): void {
  for (const { onPodConditions } of spec.podFailurePolicy?.rules ?? [])
    for (const pattern of onPodConditions ?? []) pattern.status ||= "True";
  spec.template ??= {};
  defaultPodTemplate(spec.template);
}
