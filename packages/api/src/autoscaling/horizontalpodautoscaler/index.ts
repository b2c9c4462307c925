import { defineKind, version } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { fromV1, toV1 } from "./conversion/conversion.ts";
import { defaultHorizontalPodAutoscaler, defaultV1HorizontalPodAutoscaler } from "./defaults.ts";
import { V1HorizontalPodAutoscaler, V2HorizontalPodAutoscaler } from "./horizontalpodautoscaler.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./horizontalpodautoscaler.gen.ts";

export const HorizontalPodAutoscaler = defineKind<V2HorizontalPodAutoscaler>({
  group: "autoscaling",
  kind: "HorizontalPodAutoscaler",
  plural: "horizontalpodautoscalers",
  shortNames: ["hpa"],
  categories: ["all"],
  scope: "Namespaced",
  versions: {
    "autoscaling/v2": {
      schema: V2HorizontalPodAutoscaler,
      defaults: defaultHorizontalPodAutoscaler,
      storage: true,
    },
    "autoscaling/v1": version<V1HorizontalPodAutoscaler, V2HorizontalPodAutoscaler>({
      schema: V1HorizontalPodAutoscaler,
      defaults: defaultV1HorizontalPodAutoscaler,
      toHub: fromV1,
      fromHub: toV1,
    }),
  },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns,
});
