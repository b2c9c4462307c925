import { ageColumn, nameColumn, translateTimestampSince, type Column } from "@dingi/apimachinery";
import { containerImages, containerNames } from "../../apps/replicaset/columns.ts";
import { selectorText } from "../../apps/replicaset/selector.ts";
import type { V1PodTemplateSpec } from "../../core/pod/pod.gen.ts";
import type { V1CronJob } from "./cronjob.gen.ts";

const templateOf = ({ spec }: V1CronJob): V1PodTemplateSpec | undefined => spec.jobTemplate?.spec?.template;

/** Upstream: pkg/printers/internalversion/printers.go#printCronJob */
export const columns: readonly Column<V1CronJob>[] = [
  nameColumn,
  { name: "Schedule", type: "string", value: ({ spec }) => spec.schedule },
  { name: "Timezone", type: "string", value: ({ spec }) => spec.timeZone ?? "<none>" },
  { name: "Suspend", type: "boolean", value: ({ spec }) => (spec.suspend ? "True" : "False") },
  { name: "Active", type: "integer", value: ({ status }) => (status.active ?? []).length },
  {
    name: "Last Schedule",
    type: "string",
    value: ({ status: { lastScheduleTime } }, { nowMs }) =>
      lastScheduleTime === undefined ? "<none>" : translateTimestampSince(lastScheduleTime, nowMs),
  },
  ageColumn,
  { name: "Containers", type: "string", priority: 1, value: (cronJob) => containerNames(templateOf(cronJob)) },
  { name: "Images", type: "string", priority: 1, value: (cronJob) => containerImages(templateOf(cronJob)) },
  {
    name: "Selector",
    type: "string",
    priority: 1,
    value: ({ spec }) => selectorText(spec.jobTemplate?.spec?.selector) || "<none>",
  },
];
