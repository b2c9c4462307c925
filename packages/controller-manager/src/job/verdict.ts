import type { V1Job, V1JobCondition, V1Pod } from "@dingi/api";
import { countOf } from "./index-intervals.ts";
import { isPodFailed, isSuspended } from "./job-pods.ts";
import type { JobView } from "./job-view.ts";
import { matchFailure } from "./pod-failure-policy.ts";
import { matchSuccess } from "./success-policy.ts";

/** How a Job ends. What was only just found out is told before its pods go, so that a new controller finds it too. */
export interface Verdict {
  readonly succeeds: boolean;
  readonly isTold: boolean;
  readonly reason: string;
  readonly message: string;
}

export const COMPLETED: Verdict = {
  succeeds: true,
  isTold: false,
  reason: "CompletionsReached",
  message: "Reached expected number of succeeded pods",
};

const failure = (reason: string, message: string): Verdict => ({ succeeds: false, isTold: false, reason, message });

/** Undefined while the Job goes on. What was told before holds; then come reasons to fail, and then those to succeed. Upstream: pkg/controller/job/job_controller.go#syncJob */
export function verdictOn(view: JobView): Verdict | undefined {
  return (
    toldVerdict(view.job) ?? policyFailure(view) ?? limitFailure(view) ?? indexFailure(view) ?? policySuccess(view)
  );
}

function toldVerdict({ status }: V1Job): Verdict | undefined {
  const told = (type: string) => (status.conditions ?? []).find((one) => one.type === type && one.status === "True");
  const success = told("SuccessCriteriaMet");
  const found: V1JobCondition | undefined = success ?? told("FailureTarget");
  return (
    found && { succeeds: success !== undefined, isTold: true, reason: found.reason ?? "", message: found.message ?? "" }
  );
}

function policyFailure({ job, pods }: JobView): Verdict | undefined {
  const policy = job.spec.podFailurePolicy;
  if (!policy) return undefined;
  const messages = pods.flatMap((pod) => (isPodFailed(pod, job) ? (matchFailure(policy, pod).message ?? []) : []));
  return messages[0] === undefined ? undefined : failure("PodFailurePolicy", messages[0]);
}

function limitFailure({ job, pods, failed, nowMs }: JobView): Verdict | undefined {
  if (failed > (job.spec.backoffLimit ?? 6) || restartsTooOften(job, pods))
    return failure("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  if ((untilDeadline(job, nowMs) ?? 1) <= 0)
    return failure("DeadlineExceeded", "Job was active longer than specified deadline");
  return undefined;
}

/** Upstream: …#pastBackoffLimitOnFailure */
function restartsTooOften({ spec }: V1Job, pods: readonly V1Pod[]): boolean {
  if (spec.template.spec?.restartPolicy !== "OnFailure") return false;
  const restarts = pods
    .filter(({ status }) => status.phase === "Running" || status.phase === "Pending")
    .flatMap(({ status }) => [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
  return restarts >= Math.max(1, spec.backoffLimit ?? 6);
}

/** Undefined when there is none, or while it does not run. */
export function untilDeadline(job: V1Job, nowMs: number): number | undefined {
  const { activeDeadlineSeconds } = job.spec;
  const { startTime } = job.status;
  if (activeDeadlineSeconds === undefined || startTime === undefined || isSuspended(job)) return undefined;
  return Date.parse(startTime) + activeDeadlineSeconds * 1000 - nowMs;
}

function indexFailure({ job, indexes }: JobView): Verdict | undefined {
  if (!indexes?.failed) return undefined;
  const { maxFailedIndexes = Infinity, completions = 0 } = job.spec;
  const failed = countOf(indexes.failed);
  if (failed > maxFailedIndexes)
    return failure("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
  return failed > 0 && failed + countOf(indexes.succeeded) >= completions
    ? failure("FailedIndexes", "Job has failed indexes")
    : undefined;
}

function policySuccess({ job, indexes }: JobView): Verdict | undefined {
  const message = indexes && matchSuccess(job.spec.successPolicy, job.spec.completions ?? 0, indexes.succeeded);
  return message === undefined ? undefined : { succeeds: true, isTold: false, reason: "SuccessPolicy", message };
}
