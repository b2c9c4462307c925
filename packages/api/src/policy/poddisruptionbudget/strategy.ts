import { adopt, semanticEqual, type Draft, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import { freshStatus } from "./defaults.ts";
import type { V1PodDisruptionBudget } from "./poddisruptionbudget.gen.ts";
import {
  validatePodDisruptionBudget,
  validatePodDisruptionBudgetStatus,
  validatePodDisruptionBudgetUpdate,
} from "./validation.ts";

/** Upstream: pkg/registry/policy/poddisruptionbudget/strategy.go, which leaves names to what holds for every kind. */
export const strategy: Strategy<V1PodDisruptionBudget> = {
  nameFormat: "pathSegment",
  standardFinalizers: false,
  allowUnconditionalUpdate: false,
  resetFields: [["status"]],
  prepareForCreate(budget) {
    budget.status = freshStatus();
    budget.metadata.generation = 1;
    dropOldLabel(budget);
  },
  prepareForUpdate(budget, old) {
    const { metadata, spec } = budget;
    budget.status = adopt(old.status);
    if (!semanticEqual(spec, old.spec)) metadata.generation = (old.metadata.generation ?? 0) + 1;
    if (!semanticEqual(spec.selector, old.spec.selector)) dropOldLabel(budget);
  },
  validate: (budget) => validatePodDisruptionBudget(budget),
  validateUpdate: validatePodDisruptionBudgetUpdate,
};

/** What a version that is gone understood otherwise: alone it selects nothing, as there; beside others it means nothing. */
const OLD_LABEL = "pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match";
const MATCH_NONE = { matchExpressions: [{ key: OLD_LABEL, operator: "Exists" }] };

/** Upstream: pkg/apis/policy/helper.go#StripPDBV1beta1Label */
function dropOldLabel({ spec: { selector } }: Draft<V1PodDisruptionBudget>): void {
  if (!selector?.matchExpressions || semanticEqual(selector, MATCH_NONE)) return;
  const kept = selector.matchExpressions.filter(({ key }) => key !== OLD_LABEL);
  if (kept.length > 0) selector.matchExpressions = kept;
  else delete selector.matchExpressions;
}

export const podDisruptionBudgetStatusStrategy: UpdateStrategy<V1PodDisruptionBudget> = {
  resetFields: [["spec"]],
  prepareForUpdate(budget, old) {
    budget.spec = adopt(old.spec);
  },
  validateUpdate: validatePodDisruptionBudgetStatus,
};
