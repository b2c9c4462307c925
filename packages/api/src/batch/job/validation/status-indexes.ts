import { invalid, path, type FieldError } from "@dingi/apimachinery";
import { commonIndex, countIndexes, IndexListError } from "../index-list.ts";
import type { V1Job } from "../job.gen.ts";

const COMPLETED = path("status", "completedIndexes");
const FAILED = path("status", "failedIndexes");

interface ChangedLists {
  readonly completed: boolean;
  readonly failed: boolean;
}

/** Upstream: pkg/apis/batch/validation/validation.go#validateJobStatus */
export function indexListErrors(job: V1Job, changed: ChangedLists): FieldError[] {
  return [...formatErrors(job, changed), ...placeErrors(job, changed), ...overlapErrors(job, changed)];
}

function formatErrors({ spec, status }: V1Job, changed: ChangedLists): FieldError[] {
  const { completions, backoffLimitPerIndex } = spec;
  if (completions === undefined) return [];
  const [completed, failed] = [status.completedIndexes ?? "", status.failedIndexes];
  const errors: FieldError[] = [];
  if (changed.completed) {
    const text = problemOf(completed, completions);
    if (text !== undefined) errors.push(invalid(COMPLETED, completed, `error parsing completedIndexes: ${text}`));
  }
  if (changed.failed && failed !== undefined && backoffLimitPerIndex !== undefined) {
    const text = problemOf(failed, completions);
    if (text !== undefined) errors.push(invalid(FAILED, failed, `error parsing failedIndexes: ${text}`));
  }
  return errors;
}

function problemOf(text: string, completions: number): string | undefined {
  try {
    countIndexes(text, completions);
    return undefined;
  } catch (error) {
    if (error instanceof IndexListError) return error.message;
    throw error;
  }
}

/** Only indexed Jobs complete indexes, and only those with a limit for each fail them. */
function placeErrors({ spec, status }: V1Job, changed: ChangedLists): FieldError[] {
  const { completedIndexes = "", failedIndexes } = status;
  const errors: FieldError[] = [];
  if (changed.completed && completedIndexes !== "" && spec.completionMode !== "Indexed") {
    const text = "cannot set non-empty completedIndexes when non-indexed completion mode";
    errors.push(invalid(COMPLETED, completedIndexes, text));
  }
  if (changed.failed && failedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    const text = "cannot set non-null failedIndexes when backoffLimitPerIndex is null";
    errors.push(invalid(FAILED, failedIndexes, text));
  }
  return errors;
}

function overlapErrors({ spec: { completions }, status }: V1Job, changed: ChangedLists): FieldError[] {
  const { completedIndexes = "", failedIndexes } = status;
  if (!changed.completed && !changed.failed) return [];
  if (completions === undefined || failedIndexes === undefined) return [];
  const index = commonIndex(completedIndexes, failedIndexes, completions);
  if (index === undefined) return [];
  return [invalid(FAILED, failedIndexes, `failedIndexes and completedIndexes overlap at index: ${index}`)];
}
