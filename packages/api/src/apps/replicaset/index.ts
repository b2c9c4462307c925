import { defineKind } from "@dingi/apimachinery";
import { replicasScale } from "../../autoscaling/scale/replicas-scale.ts";
import { columns } from "./columns.ts";
import { defaultReplicaSet } from "./defaults.ts";
import { V1ReplicaSet } from "./replicaset.gen.ts";
import { selectorText } from "./selector.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./replicaset.gen.ts";
export { selectorOf } from "./selector.ts";

export const ReplicaSet = defineKind<V1ReplicaSet>({
  group: "apps",
  kind: "ReplicaSet",
  plural: "replicasets",
  shortNames: ["rs"],
  categories: ["all"],
  scope: "Namespaced",
  versions: { "apps/v1": { schema: V1ReplicaSet, defaults: defaultReplicaSet, storage: true } },
  strategy,
  subresources: {
    scale: replicasScale(({ spec }) => selectorText(spec.selector)),
    status: { type: "update", strategy: statusStrategy },
  },
  columns,
});
