import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { defaultPriorityLevelConfiguration } from "./defaults.ts";
import { V1PriorityLevelConfiguration } from "./prioritylevelconfiguration.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./prioritylevelconfiguration.gen.ts";

export const PriorityLevelConfiguration = defineKind<V1PriorityLevelConfiguration>({
  group: "flowcontrol.apiserver.k8s.io",
  kind: "PriorityLevelConfiguration",
  plural: "prioritylevelconfigurations",
  scope: "Cluster",
  versions: {
    "flowcontrol.apiserver.k8s.io/v1": {
      schema: V1PriorityLevelConfiguration,
      defaults: defaultPriorityLevelConfiguration,
      storage: true,
    },
  },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns,
});
