import {
  byteLength,
  invalid,
  notSupported,
  path,
  required,
  validateNonnegative,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validateJobTemplate } from "../job/validation/spec.ts";
import type { V1JobTemplateSpec } from "../job/job.gen.ts";
import type { V1CronJob, V1CronJobSpec } from "./cronjob.gen.ts";
import { parseSchedule, ScheduleError } from "./schedule.ts";
import { timeZoneProblem } from "./time-zone.ts";

const SPEC = path("spec");
const POLICIES = ["Allow", "Forbid", "Replace"];
/** Jobs are called after the CronJob and eleven characters of time, and have names of at most 63. */
const MAX_NAME = 52;

/** Upstream: pkg/apis/batch/validation/validation.go#ValidateCronJobCreate */
export function validateCronJob({ metadata, spec }: V1CronJob): FieldError[] {
  const { name = "" } = metadata;
  const at = path("metadata", "name");
  return [
    ...specErrors(spec),
    ...(byteLength(name) > MAX_NAME ? [invalid(at, name, "must be no more than 52 characters")] : []),
    ...declaredErrors(spec),
  ];
}

export function validateCronJobUpdate({ spec }: V1CronJob, old: V1CronJob): FieldError[] {
  return [...specErrors(spec, old.spec), ...declaredErrors(spec)];
}

/** What upstream declares at the fields comes last. */
const declaredErrors = ({ schedule }: V1CronJobSpec): FieldError[] =>
  schedule === "" ? [required(SPEC.child("schedule"))] : [];

function specErrors(spec: V1CronJobSpec, old?: V1CronJobSpec): FieldError[] {
  const { timeZone, concurrencyPolicy = "", startingDeadlineSeconds: deadline = 0 } = spec;
  const policy = SPEC.child("concurrencyPolicy");
  return [
    ...(spec.schedule === "" ? [] : scheduleErrors(spec, old?.schedule.includes("TZ") === true)),
    ...validateNonnegative(deadline, SPEC.child("startingDeadlineSeconds")),
    ...(timeZone === undefined || timeZone === old?.timeZone ? [] : zoneErrors(timeZone, SPEC.child("timeZone"))),
    ...(POLICIES.includes(concurrencyPolicy) ? [] : [notSupported(policy, concurrencyPolicy, POLICIES)]),
    ...templateErrors(spec.jobTemplate, SPEC.child("jobTemplate", "spec")),
    ...(["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] as const).flatMap((name) =>
      validateNonnegative(spec[name] ?? 0, SPEC.child(name)),
    ),
  ];
}

/** Upstream: …#validateScheduleFormat */
function scheduleErrors({ schedule, timeZone }: V1CronJobSpec, allowZone: boolean): FieldError[] {
  const field = SPEC.child("schedule");
  const problem = problemOf(schedule);
  const errors = problem === undefined ? [] : [invalid(field, schedule, problem)];
  if (!schedule.includes("TZ")) return errors;
  if (!allowZone) {
    const text = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
    return [...errors, invalid(field, schedule, text)];
  }
  if (timeZone === undefined) return errors;
  return [...errors, invalid(field, schedule, "cannot use both timeZone field and TZ or CRON_TZ in schedule")];
}

function problemOf(schedule: string): string | undefined {
  try {
    parseSchedule(schedule);
    return undefined;
  } catch (error) {
    if (error instanceof ScheduleError) return error.message;
    throw error;
  }
}

const ZONE_PART = /^[A-Za-z.\-_0-9+]{1,14}$/;
const isZonePart = (part: string): boolean =>
  part !== "." && part !== ".." && !part.startsWith("-") && ZONE_PART.test(part);

/** Upstream: …#validateTimeZone */
function zoneErrors(zone: string, field: FieldPath): FieldError[] {
  if (zone === "") return [invalid(field, zone, "timeZone must be nil or non-empty string")];
  if (!zone.split("/").every(isZonePart)) return [invalid(field, zone, `unknown time zone ${zone}`)];
  const problem = timeZoneProblem(zone);
  const explicit = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
  return [
    ...(zone.toLowerCase() === "local" ? [invalid(field, zone, explicit)] : []),
    ...(problem === undefined ? [] : [invalid(field, zone, problem)]),
  ];
}

/** Upstream: …#ValidateJobTemplateSpec */
function templateErrors({ spec = { template: {} } }: V1JobTemplateSpec, field: FieldPath): FieldError[] {
  const { selector, manualSelector } = spec;
  return [
    ...validateJobTemplate(spec, field),
    ...(selector ? [invalid(field.child("selector"), selector, "`selector` will be auto-generated")] : []),
    ...(manualSelector ? [notSupported(field.child("manualSelector"), true, ["nil", "false"])] : []),
  ];
}
