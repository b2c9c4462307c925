import { adopt, path, semanticEqual, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import { podNameWarnings } from "../../apps/replicaset/warnings.ts";
import { dropDisabledJobFields } from "./disabled-fields.ts";
import { generateSelector } from "./generated-selector.ts";
import type { V1Job } from "./job.gen.ts";
import { validateJobStatus } from "./validation/status.ts";
import { validateJobUpdate } from "./validation/update.ts";
import { validateJob } from "./validation/job.ts";
import { jobSpecWarnings } from "./warnings.ts";

const SPEC = path("spec");
const PODS_STAY =
  "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning";

/** Upstream: pkg/registry/batch/job/strategy.go */
export const strategy: Strategy<V1Job> = {
  resetFields: [["status"]],
  defaultGarbageCollection: "orphan",
  prepareForCreate(job) {
    generateSelector(job);
    job.status = {};
    job.metadata.generation = 1;
    dropDisabledJobFields(job.spec);
  },
  prepareForUpdate(job, old) {
    job.status = adopt(old.status);
    dropDisabledJobFields(job.spec, old.spec);
    if (!semanticEqual(job.spec, old.spec)) job.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  // Upstream fills this in whenever it reads what is stored.
  canonicalize({ metadata, spec }) {
    const labels = spec.template.metadata?.labels;
    if (labels && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
  },
  warningsOnCreate: (job) => [...podNameWarnings(job), ...jobSpecWarnings(job.spec, SPEC)],
  warningsOnDelete: ({ propagationPolicy, orphanDependents }) =>
    propagationPolicy === undefined && orphanDependents === undefined ? [PODS_STAY] : [],
  warningsOnUpdate: ({ metadata, spec }, old) =>
    metadata.generation === old.metadata.generation ? [] : jobSpecWarnings(spec, SPEC),
};

export const statusStrategy: UpdateStrategy<V1Job> = {
  resetFields: [["spec"]],
  prepareForUpdate(job, old) {
    job.spec = adopt(old.spec);
  },
  validateUpdate: validateJobStatus,
};
