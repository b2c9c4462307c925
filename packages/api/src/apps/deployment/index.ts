import { defineKind } from "@dingi/apimachinery";
import { replicasScale } from "../../autoscaling/scale/replicas-scale.ts";
import { selectorText } from "../replicaset/selector.ts";
import { columns } from "./columns.ts";
import { defaultDeployment } from "./defaults.ts";
import { V1Deployment } from "./deployment.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./deployment.gen.ts";
export * from "./int-or-percent.ts";

export const Deployment = defineKind<V1Deployment>({
  group: "apps",
  kind: "Deployment",
  plural: "deployments",
  shortNames: ["deploy"],
  categories: ["all"],
  scope: "Namespaced",
  versions: { "apps/v1": { schema: V1Deployment, defaults: defaultDeployment, storage: true } },
  strategy,
  subresources: {
    scale: replicasScale(({ spec }) => selectorText(spec.selector)),
    status: { type: "update", strategy: statusStrategy },
  },
  columns,
});
