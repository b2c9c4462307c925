import type { FieldPath } from "@dingi/apimachinery";
import { podTemplateWarnings } from "../../core/pod/warnings/warnings.ts";
import type { V1JobSpec } from "./job.gen.ts";

const MANY_COMPLETIONS = 100_000;
const MANY_AT_ONCE = 10_000;

/** Upstream: pkg/api/job/warnings.go#WarningsForJobSpec */
export function jobSpecWarnings(spec: V1JobSpec, field: FieldPath): string[] {
  const { completionMode, completions = 0, parallelism = 0, template } = spec;
  const isLarge = completionMode === "Indexed" && completions > MANY_COMPLETIONS && parallelism > MANY_AT_ONCE;
  const text =
    "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail";
  return [...(isLarge ? [`${field}: ${text}`] : []), ...podTemplateWarnings(template ?? {}, field.child("template"))];
}
