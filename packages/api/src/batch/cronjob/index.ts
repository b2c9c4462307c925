import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { V1CronJob } from "./cronjob.gen.ts";
import { defaultCronJob } from "./defaults.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./cronjob.gen.ts";
export * from "./schedule.ts";

export const CronJob = defineKind<V1CronJob>({
  group: "batch",
  kind: "CronJob",
  plural: "cronjobs",
  shortNames: ["cj"],
  categories: ["all"],
  scope: "Namespaced",
  versions: { "batch/v1": { schema: V1CronJob, defaults: defaultCronJob, storage: true } },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns,
});
