import type { V1Job, V1JobCondition, V1JobStatus } from "@dingi/api";
import { wireTime } from "@dingi/apimachinery";
import { isSuspended } from "./job-pods.ts";
import type { Verdict } from "./verdict.ts";

type Said = Pick<V1JobCondition, "type" | "status" | "reason" | "message">;

/** What never was is not said to be false. Upstream: pkg/controller/job/job_controller.go#ensureJobConditionStatus */
function withCondition(status: V1JobStatus, said: Said, nowMs: number): V1JobStatus {
  const conditions = status.conditions ?? [];
  const before = conditions.find(({ type }) => type === said.type);
  if (before ? saysTheSame(before, said) : said.status === "False") return status;
  const now = wireTime(nowMs);
  const condition = { ...said, lastProbeTime: now, lastTransitionTime: now };
  const others = conditions.map((one) => (one === before ? condition : one));
  return { ...status, conditions: before ? others : [...conditions, condition] };
}

const saysTheSame = (a: Said, b: Said): boolean =>
  a.status === b.status && a.reason === b.reason && (a.message ?? "") === (b.message ?? "");

/** Whether it is suspended, once that has changed; whoever goes on begins anew. */
export function withSuspension(job: V1Job, status: V1JobStatus, nowMs: number): V1JobStatus {
  const suspended = isSuspended(job);
  const said = suspended
    ? { type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" }
    : { type: "Suspended", status: "False", reason: "JobResumed", message: "Job resumed" };
  const changed = withCondition(status, said, nowMs);
  if (changed === status) return status;
  return { ...changed, startTime: suspended ? undefined : wireTime(nowMs) };
}

/** A Job that is suspended has not begun. */
export function withStart(job: V1Job, status: V1JobStatus, nowMs: number): V1JobStatus {
  return status.startTime === undefined && !isSuspended(job) ? { ...status, startTime: wireTime(nowMs) } : status;
}

/** What is told before the pods go. */
export function withVerdict(status: V1JobStatus, verdict: Verdict | undefined, nowMs: number): V1JobStatus {
  if (!verdict || verdict.isTold) return status;
  const type = verdict.succeeds ? "SuccessCriteriaMet" : "FailureTarget";
  return withCondition(status, { type, status: "True", reason: verdict.reason, message: verdict.message }, nowMs);
}

/** The end, when no pod is left that has to be counted or to end. Upstream: …#enactJobFinished */
export function withEnd(status: V1JobStatus, verdict: Verdict | undefined, nowMs: number): V1JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  if (!verdict || succeeded.length + failed.length > 0 || (status.terminating ?? 0) > 0) return status;
  const type = verdict.succeeds ? "Complete" : "Failed";
  const said = { type, status: "True", reason: verdict.reason, message: verdict.message };
  const ended = withCondition(status, said, nowMs);
  return verdict.succeeds ? { ...ended, completionTime: wireTime(nowMs) } : ended;
}
