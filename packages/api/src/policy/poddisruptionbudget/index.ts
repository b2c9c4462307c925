import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { defaultPodDisruptionBudget } from "./defaults.ts";
import { V1PodDisruptionBudget } from "./poddisruptionbudget.gen.ts";
import { podDisruptionBudgetStatusStrategy, strategy } from "./strategy.ts";

export * from "./poddisruptionbudget.gen.ts";
export { podDisruptionBudgetStatusStrategy } from "./strategy.ts";

export const PodDisruptionBudget = defineKind<V1PodDisruptionBudget>({
  group: "policy",
  kind: "PodDisruptionBudget",
  plural: "poddisruptionbudgets",
  shortNames: ["pdb"],
  scope: "Namespaced",
  versions: { "policy/v1": { schema: V1PodDisruptionBudget, defaults: defaultPodDisruptionBudget, storage: true } },
  strategy,
  subresources: { status: { type: "update", strategy: podDisruptionBudgetStatusStrategy } },
  columns,
});
