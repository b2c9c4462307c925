import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { V1PriorityClass } from "./priorityclass.gen.ts";
import { strategy } from "./strategy.ts";

export * from "./priorityclass.gen.ts";
export { HIGHEST_USER_PRIORITY, SYSTEM_PRIORITY_CLASSES } from "./validation.ts";

export const PriorityClass = defineKind<V1PriorityClass>({
  group: "scheduling.k8s.io",
  kind: "PriorityClass",
  plural: "priorityclasses",
  shortNames: ["pc"],
  scope: "Cluster",
  versions: {
    "scheduling.k8s.io/v1": {
      schema: V1PriorityClass,
      /** Upstream: pkg/apis/scheduling/v1/defaults.go#SetDefaults_PriorityClass */
      defaults: (priorityClass) => void (priorityClass.preemptionPolicy ??= "PreemptLowerPriority"),
      storage: true,
    },
  },
  strategy,
  columns,
});
