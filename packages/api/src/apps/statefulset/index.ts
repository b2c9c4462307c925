import { defineKind } from "@dingi/apimachinery";
import { replicasScale } from "../../autoscaling/scale/replicas-scale.ts";
import { selectorText } from "../replicaset/selector.ts";
import { columns } from "./columns.ts";
import { defaultStatefulSet } from "./defaults.ts";
import { V1StatefulSet } from "./statefulset.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./statefulset.gen.ts";

export const StatefulSet = defineKind<V1StatefulSet>({
  group: "apps",
  kind: "StatefulSet",
  plural: "statefulsets",
  shortNames: ["sts"],
  categories: ["all"],
  scope: "Namespaced",
  versions: { "apps/v1": { schema: V1StatefulSet, defaults: defaultStatefulSet, storage: true } },
  strategy,
  subresources: {
    scale: replicasScale(({ spec }) => selectorText(spec.selector)),
    status: { type: "update", strategy: statusStrategy },
  },
  columns,
});
