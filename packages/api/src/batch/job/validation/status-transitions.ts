import { FIELD_IMMUTABLE, invalid, OMITTED_VALUE, path, type FieldError } from "@dingi/apimachinery";
import { hasCondition } from "../conditions.ts";
import type { V1Job } from "../job.gen.ts";

const STATUS = path("status");
const CONDITIONS = STATUS.child("conditions");
const TERMINAL = ["Failed", "Complete", "FailureTarget"];

/** What has happened stays. Upstream: pkg/apis/batch/validation/validation.go#ValidateJobStatusUpdate */
export function transitionErrors(job: V1Job, old: V1Job): FieldError[] {
  const lost = (type: string): boolean => hasCondition(old, type) && !hasCondition(job, type);
  const errors = TERMINAL.filter(lost).map((type) =>
    invalid(CONDITIONS, OMITTED_VALUE, `cannot disable the terminal ${type}=True condition`),
  );
  errors.push(...counterErrors(job, old), ...timeErrors(job, old));
  if (lost("SuccessCriteriaMet"))
    errors.push(invalid(CONDITIONS, OMITTED_VALUE, "cannot disable the SuccessCriteriaMet=True condition"));
  const isLate = hasCondition(old, "Complete") && !hasCondition(old, "SuccessCriteriaMet");
  if (isLate && hasCondition(job, "SuccessCriteriaMet")) {
    const text = "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions";
    errors.push(invalid(CONDITIONS, OMITTED_VALUE, text));
  }
  return errors;
}

/** An indexed Job that is scaled down forgets the successes of the indexes that it no longer has. */
function counterErrors({ spec, status }: V1Job, old: V1Job): FieldError[] {
  const { failed = 0, succeeded = 0 } = status;
  const isElastic = spec.completionMode === "Indexed" && spec.completions === spec.parallelism;
  const errors: FieldError[] = [];
  if (failed < (old.status.failed ?? 0))
    errors.push(invalid(STATUS.child("failed"), failed, "cannot decrease the failed counter"));
  if (!isElastic && succeeded < (old.status.succeeded ?? 0))
    errors.push(invalid(STATUS.child("succeeded"), succeeded, "cannot decrease the succeeded counter"));
  return errors;
}

function timeErrors(job: V1Job, old: V1Job): FieldError[] {
  const { startTime, completionTime } = job.status;
  const { startTime: oldStart, completionTime: oldCompletion } = old.status;
  const errors: FieldError[] = [];
  if (completionTime !== undefined && oldCompletion !== undefined && completionTime !== oldCompletion)
    errors.push(invalid(STATUS.child("completionTime"), completionTime, FIELD_IMMUTABLE));
  const isResuming = hasCondition(old, "Suspended") && hasCondition(job, "Suspended", "False");
  if (oldStart === undefined || startTime === oldStart || job.spec.suspend || isResuming) return errors;
  const text = "field is immutable for unsuspended job once set";
  return [...errors, invalid(STATUS.child("startTime"), startTime ?? null, text)];
}
