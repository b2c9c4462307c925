import { Job, type V1Container, type V1Job, type V1Pod } from "@dingi/api";
import type { NewObject } from "@dingi/client";
import { podFromTemplate } from "../pod-control.ts";
import { matchFailure } from "./pod-failure-policy.ts";

/** Until the Job has counted the pod, the pod stays. */
export const TRACKING_FINALIZER = "batch.kubernetes.io/job-tracking";
const INDEX = "batch.kubernetes.io/job-completion-index";
const FAILURES = "batch.kubernetes.io/job-index-failure-count";
const IGNORED_FAILURES = "batch.kubernetes.io/job-index-ignored-failure-count";
const INDEX_ENV = "JOB_COMPLETION_INDEX";
const MAX_GENERATE_NAME = 58;
const MAX_COUNT = 2 ** 31 - 1;

export const isTracked = ({ metadata }: V1Pod): boolean => (metadata.finalizers ?? []).includes(TRACKING_FINALIZER);

export const isIndexed = ({ spec }: V1Job): boolean => spec.completionMode === "Indexed";

export const isSuspended = ({ spec }: V1Job): boolean => spec.suspend === true;

/** Terminating pods are not replaced before they have ended. */
export const replacesFailedOnly = ({ spec }: V1Job): boolean => spec.podReplacementPolicy === "Failed";

/** Undefined when it has none. */
export function indexOf({ metadata }: V1Pod): number | undefined {
  const text = metadata.annotations?.[INDEX] ?? "";
  return /^[0-9]{1,10}$/.test(text) ? Number(text) : undefined;
}

/** The index, if it is one that the Job still has. */
export function validIndex(pod: V1Pod, job: V1Job): number | undefined {
  const index = indexOf(pod);
  return index !== undefined && index < (job.spec.completions ?? 0) ? index : undefined;
}

/** A pod that was deleted may never come to fail, so it has. Upstream: pkg/controller/job/job_controller.go#isPodFailed */
export function isPodFailed({ metadata, status }: V1Pod, job: V1Job): boolean {
  if (status.phase === "Failed") return true;
  return !replacesFailedOnly(job) && metadata.deletionTimestamp !== undefined && status.phase !== "Succeeded";
}

function countIn({ metadata }: V1Pod, annotation: string): number {
  const text = metadata.annotations?.[annotation] ?? "";
  const count = /^[0-9]{1,10}$/.test(text) ? Number(text) : 0;
  return count > MAX_COUNT ? 0 : count;
}

/** How often the pod's index failed before it. */
export const failuresBefore = (pod: V1Pod): number => countIn(pod, FAILURES);

/** With those that do not count towards the limit. */
export const allFailuresBefore = (pod: V1Pod): number => countIn(pod, FAILURES) + countIn(pod, IGNORED_FAILURES);

/** Upstream: pkg/controller/job/indexed_job_utils.go#addIndexFailureCountAnnotation */
function failureAnnotations(job: V1Job, replaced: V1Pod | undefined): Record<string, string> {
  if (job.spec.backoffLimitPerIndex === undefined) return {};
  if (!replaced) return { [FAILURES]: "0" };
  const { counts } = matchFailure(job.spec.podFailurePolicy, replaced);
  const ignored = countIn(replaced, IGNORED_FAILURES) + (counts ? 0 : 1);
  return {
    [FAILURES]: String(countIn(replaced, FAILURES) + (counts ? 1 : 0)),
    ...(ignored > 0 ? { [IGNORED_FAILURES]: String(ignored) } : {}),
  };
}

function withIndexEnv<T extends V1Container>(container: T): T {
  const env = container.env ?? [];
  if (env.some(({ name }) => name === INDEX_ENV)) return container;
  const valueFrom = { fieldRef: { fieldPath: `metadata.labels['${INDEX}']` } };
  return { ...container, env: [...env, { name: INDEX_ENV, valueFrom }] };
}

/** A pod of a Job, for one of its indexes if it has any. @param replaced The last one that failed for the index. */
export function newJobPod(job: V1Job, index: number | undefined, replaced?: V1Pod): NewObject<V1Pod> {
  const { metadata, spec } = podFromTemplate({ kind: Job, object: job }, job.spec.template);
  const own = (metadata.finalizers ?? []).filter((finalizer) => finalizer !== TRACKING_FINALIZER);
  const tracked = { ...metadata, finalizers: [...own, TRACKING_FINALIZER] };
  if (index === undefined) return { metadata: tracked, spec: spec! };
  const number = { [INDEX]: String(index) };
  const suffix = `-${index}-`;
  const name = job.metadata.name ?? "";
  return {
    metadata: {
      ...tracked,
      generateName: `${name.slice(0, MAX_GENERATE_NAME - suffix.length)}${suffix}`,
      labels: { ...metadata.labels, ...number },
      annotations: { ...metadata.annotations, ...number, ...failureAnnotations(job, replaced) },
    },
    spec: {
      ...spec!,
      hostname: `${name}-${index}`,
      containers: spec!.containers.map(withIndexEnv),
      ...(spec!.initContainers ? { initContainers: spec!.initContainers.map(withIndexEnv) } : {}),
    },
  };
}
