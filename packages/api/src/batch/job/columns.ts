import { ageColumn, humanDuration, nameColumn, type Column } from "@dingi/apimachinery";
import { containerImages, containerNames } from "../../apps/replicaset/columns.ts";
import { selectorText } from "../../apps/replicaset/selector.ts";
import { hasCondition } from "./conditions.ts";
import type { V1Job } from "./job.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printJob */
export const columns: readonly Column<V1Job>[] = [
  nameColumn,
  { name: "Status", type: "string", value: statusText },
  { name: "Completions", type: "string", value: completionsText },
  { name: "Duration", type: "string", value: ({ status }, { nowMs }) => durationText(status, nowMs) },
  ageColumn,
  { name: "Containers", type: "string", priority: 1, value: ({ spec }) => containerNames(spec.template) },
  { name: "Images", type: "string", priority: 1, value: ({ spec }) => containerImages(spec.template) },
  { name: "Selector", type: "string", priority: 1, value: ({ spec }) => selectorText(spec.selector) || "<none>" },
];

function statusText(job: V1Job): string {
  const end = ["Complete", "Failed"].find((type) => hasCondition(job, type));
  if (end !== undefined) return end;
  if (job.metadata.deletionTimestamp !== undefined) return "Terminating";
  return ["Suspended", "FailureTarget", "SuccessCriteriaMet"].find((type) => hasCondition(job, type)) ?? "Running";
}

function completionsText({ spec: { completions, parallelism = 0 }, status: { succeeded = 0 } }: V1Job): string {
  if (completions !== undefined) return `${succeeded}/${completions}`;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationText({ startTime, completionTime }: V1Job["status"], nowMs: number): string {
  if (startTime === undefined) return "";
  return humanDuration((completionTime === undefined ? nowMs : Date.parse(completionTime)) - Date.parse(startTime));
}
