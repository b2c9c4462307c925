import { defineKind, selectFields } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { defaultJob } from "./defaults.ts";
import { V1Job } from "./job.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./job.gen.ts";
export { hasCondition, isJobFinished } from "./conditions.ts";

export const Job = defineKind<V1Job>({
  group: "batch",
  kind: "Job",
  plural: "jobs",
  categories: ["all"],
  scope: "Namespaced",
  versions: { "batch/v1": { schema: V1Job, defaults: defaultJob, storage: true } },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns,
  fields: {
    ...selectFields<V1Job>({ "status.successful": ({ status }) => String(status.succeeded ?? 0) }),
    unknown: (name) => `field label ${JSON.stringify(name)} not supported for Job`,
  },
});
