import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { V1DaemonSet } from "./daemonset.gen.ts";
import { defaultDaemonSet } from "./defaults.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./daemonset.gen.ts";

export const DaemonSet = defineKind<V1DaemonSet>({
  group: "apps",
  kind: "DaemonSet",
  plural: "daemonsets",
  shortNames: ["ds"],
  categories: ["all"],
  scope: "Namespaced",
  versions: { "apps/v1": { schema: V1DaemonSet, defaults: defaultDaemonSet, storage: true } },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns,
});
