import type { V1Job } from "./job.gen.ts";

export function hasCondition({ status }: V1Job, type: string, value: "True" | "False" = "True"): boolean {
  return (status.conditions ?? []).some((condition) => condition.type === type && condition.status === value);
}

export const isJobFinished = (job: V1Job): boolean => hasCondition(job, "Complete") || hasCondition(job, "Failed");
