import {
  duplicate,
  goValue,
  invalid,
  OMITTED_VALUE,
  path,
  required,
  semanticEqual,
  validateNonnegative,
  type FieldError,
} from "@dingi/apimachinery";
import { hasCondition, isJobFinished } from "../conditions.ts";
import { V1UncountedTerminatedPods, type V1Job, type V1JobStatus } from "../job.gen.ts";
import { indexListErrors } from "./status-indexes.ts";
import { transitionErrors } from "./status-transitions.ts";

const STATUS = path("status");
const CONDITIONS = STATUS.child("conditions");
const COUNTS = ["active", "succeeded", "failed", "ready", "terminating"] as const;

/**
 * What a controller, whoever's it is, may say of a Job. A rule is kept only where its fields change: a status that was
 * wrong before, or became wrong by a change of the spec, can be mended bit by bit.
 * Upstream: pkg/apis/batch/validation/validation.go#ValidateJobUpdateStatus
 */
export function validateJobStatus(job: V1Job, old: V1Job): FieldError[] {
  const changed = changesOf(job, old);
  return [
    ...COUNTS.flatMap((name) => validateNonnegative(job.status[name] ?? 0, STATUS.child(name))),
    ...uncountedErrors(job.status),
    ...RULES.flatMap(({ when, problem }) => (when(changed) ? problem(job) : [])),
    ...indexListErrors(job, { completed: changed.has("completedIndexes"), failed: changed.has("failedIndexes") }),
    ...LATE_RULES.flatMap(({ when, problem }) => (when(changed) ? problem(job) : [])),
    ...transitionErrors(job, old),
  ];
}

/** Fields and conditions that differ, and "Finished". */
type Changes = ReadonlySet<string>;

const FIELDS: readonly (keyof V1JobStatus)[] = [
  "active",
  "ready",
  "terminating",
  "startTime",
  "completionTime",
  "completedIndexes",
  "failedIndexes",
  "uncountedTerminatedPods",
];
const TYPES = ["Complete", "Failed", "FailureTarget", "SuccessCriteriaMet"];

function changesOf(job: V1Job, old: V1Job): Changes {
  const changed = new Set<string>(FIELDS.filter((name) => !semanticEqual(job.status[name], old.status[name])));
  for (const type of TYPES) if (hasCondition(job, type) !== hasCondition(old, type)) changed.add(type);
  if (isJobFinished(job) !== isJobFinished(old)) changed.add("Finished");
  return changed;
}

interface Rule {
  readonly when: (changed: Changes) => boolean;
  readonly problem: (job: V1Job) => FieldError[];
}

const always = (): boolean => true;
const any =
  (...names: readonly string[]) =>
  (changed: Changes): boolean =>
    names.some((name) => changed.has(name));

const contradiction = (text: string): FieldError => invalid(CONDITIONS, OMITTED_VALUE, text);

const both =
  (one: string, other: string, text: string) =>
  (job: V1Job): FieldError[] =>
    hasCondition(job, one) && hasCondition(job, other) ? [contradiction(text)] : [];

const without =
  (one: string, other: string, text: string) =>
  (job: V1Job): FieldError[] =>
    hasCondition(job, one) && !hasCondition(job, other) ? [contradiction(text)] : [];

/** In upstream's order, as all below. */
const RULES: readonly Rule[] = [
  {
    when: any("Complete", "Failed"),
    problem: both("Complete", "Failed", "cannot set Complete=True and Failed=true conditions"),
  },
  {
    when: any("Complete", "FailureTarget"),
    problem: both("Complete", "FailureTarget", "cannot set Complete=True and FailureTarget=true conditions"),
  },
  { when: any("Complete", "completionTime"), problem: completionTimeErrors },
  { when: any("startTime", "completionTime"), problem: orderErrors },
  {
    when: any("Failed", "failedIndexes"),
    problem: without(
      "Failed",
      "FailureTarget",
      "cannot set Failed=True condition without the FailureTarget=true condition",
    ),
  },
  {
    when: any("Complete", "SuccessCriteriaMet"),
    problem: without(
      "Complete",
      "SuccessCriteriaMet",
      "cannot set Complete=True condition without the SuccessCriteriaMet=true condition",
    ),
  },
  { when: any("Finished", "active"), problem: (job) => finishedCountErrors(job, "active") },
  { when: any("Finished", "startTime"), problem: startTimeErrors },
  { when: any("Finished", "uncountedTerminatedPods"), problem: finishedUncountedErrors },
];

const LATE_RULES: readonly Rule[] = [
  { when: any("Finished", "terminating"), problem: (job) => finishedCountErrors(job, "terminating") },
  { when: any("ready", "active"), problem: readyErrors },
  {
    when: always,
    problem: both("SuccessCriteriaMet", "Failed", "cannot set SuccessCriteriaMet=True and Failed=true conditions"),
  },
  {
    when: always,
    problem: both(
      "SuccessCriteriaMet",
      "FailureTarget",
      "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions",
    ),
  },
  {
    when: always,
    problem: (job) =>
      job.spec.successPolicy
        ? without(
            "Complete",
            "SuccessCriteriaMet",
            "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True",
          )(job)
        : [],
  },
];

function uncountedErrors({ uncountedTerminatedPods: pods }: V1JobStatus): FieldError[] {
  const seen = new Set<string>();
  return (["succeeded", "failed"] as const).flatMap((list) =>
    (pods?.[list] ?? []).flatMap((uid, i) => {
      const field = STATUS.child("uncountedTerminatedPods", list).index(i);
      if (uid === "") return [invalid(field, uid, "must not be empty")];
      return seen.size === seen.add(uid).size ? [duplicate(field, uid)] : [];
    }),
  );
}

function completionTimeErrors(job: V1Job): FieldError[] {
  const field = STATUS.child("completionTime");
  const { completionTime } = job.status;
  const isComplete = hasCondition(job, "Complete");
  if (completionTime !== undefined && !isComplete)
    return [invalid(field, completionTime, "cannot set completionTime when there is no Complete=True condition")];
  if (completionTime === undefined && isComplete)
    return [required(field, "completionTime is required for Complete jobs")];
  return [];
}

function orderErrors({ status: { startTime, completionTime } }: V1Job): FieldError[] {
  if (startTime === undefined || completionTime === undefined) return [];
  if (Date.parse(completionTime) >= Date.parse(startTime)) return [];
  return [invalid(STATUS.child("completionTime"), completionTime, "must be equal to or after `startTime`")];
}

function finishedCountErrors(job: V1Job, name: "active" | "terminating"): FieldError[] {
  const count = job.status[name] ?? 0;
  if (count <= 0 || !isJobFinished(job)) return [];
  return [invalid(STATUS.child(name), count, `${name}>0 is invalid for finished job`)];
}

/** A Job that is suspended and wants nothing is complete without having begun. */
function startTimeErrors(job: V1Job): FieldError[] {
  const { suspend, completions } = job.spec;
  if (job.status.startTime !== undefined || !isJobFinished(job) || (suspend && completions === 0)) return [];
  return [required(STATUS.child("startTime"), "startTime is required for finished job")];
}

function finishedUncountedErrors(job: V1Job): FieldError[] {
  const { uncountedTerminatedPods: pods } = job.status;
  if (!pods || !isJobFinished(job)) return [];
  if ((pods.failed ?? []).length + (pods.succeeded ?? []).length === 0) return [];
  const shown = goValue(V1UncountedTerminatedPods, { ...pods });
  return [invalid(STATUS.child("uncountedTerminatedPods"), shown, "must be empty for finished job")];
}

function readyErrors({ status: { ready, active = 0 } }: V1Job): FieldError[] {
  if (ready === undefined || ready <= active) return [];
  return [invalid(STATUS.child("ready"), ready, "cannot set more ready pods than active")];
}
