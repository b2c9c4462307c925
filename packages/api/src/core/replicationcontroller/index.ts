import { defineKind, selectFields, selectorFromSet } from "@dingi/apimachinery";
import { replicasScale } from "../../autoscaling/scale/replicas-scale.ts";
import { columns } from "./columns.ts";
import { defaultReplicationController } from "./defaults.ts";
import { V1ReplicationController } from "./replicationcontroller.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./replicationcontroller.gen.ts";

export const ReplicationController = defineKind<V1ReplicationController>({
  group: "",
  kind: "ReplicationController",
  plural: "replicationcontrollers",
  shortNames: ["rc"],
  categories: ["all"],
  scope: "Namespaced",
  versions: { v1: { schema: V1ReplicationController, defaults: defaultReplicationController, storage: true } },
  storagePath: "controllers",
  strategy,
  subresources: {
    scale: replicasScale(({ spec }) => selectorFromSet(spec.selector).toString()),
    status: { type: "update", strategy: statusStrategy },
  },
  columns,
  fields: selectFields<V1ReplicationController>({ "status.replicas": ({ status }) => String(status.replicas) }),
});
