import { ClusterRole, type V1ClusterRole, type V1PolicyRule } from "@dingi/api";
import {
  encodeJson,
  equalJson,
  keyOf,
  labelSelectorAsSelector,
  type ObjectKey,
  type V1LabelSelector,
} from "@dingi/apimachinery";
import { labelIndexes, withLabels } from "@dingi/client";
import {
  DONE,
  defineController,
  indexesOf,
  indexOf,
  watchOf,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";

const AGGREGATING = "aggregating";

/** Fills roles such as admin, edit and view from those that are labelled for them. Upstream: pkg/controller/clusterroleaggregation */
export const clusterRoleAggregationController = defineController({
  name: "clusterrole-aggregation-controller",
  serviceAccount: "clusterrole-aggregation-controller",
  for: ClusterRole,
  watches: [
    watchOf(ClusterRole, (role, { cache }, previous) =>
      cache
        .by(ClusterRole, AGGREGATING, "")
        .filter((aggregating) => [role, previous].some((changed) => changed && chooses(aggregating, changed)))
        .map(keyOf),
    ),
  ],
  indexes: [
    ...indexesOf(ClusterRole, labelIndexes),
    indexOf(ClusterRole, AGGREGATING, ({ aggregationRule }) => (aggregationRule ? [""] : [])),
  ],
  concurrency: 1,
  reconcile,
});

async function reconcile(key: ObjectKey, { cache, client }: ReconcileContext): Promise<Result> {
  const role = cache.get(ClusterRole, key);
  if (!role?.aggregationRule) return DONE;
  const rules = aggregate(role, (selector) => {
    const labels = selector.matchLabels ?? {};
    if (Object.keys(labels).length === 0) return cache.list(ClusterRole);
    return withLabels(cache.indexed(ClusterRole), { namespace: "", labels });
  });
  if (!equalJson(rules, role.rules ?? [])) await client.update(ClusterRole, { ...role, rules });
  return DONE;
}

function selectorsOf({ aggregationRule }: V1ClusterRole): readonly V1LabelSelector[] {
  return aggregationRule?.clusterRoleSelectors ?? [];
}

function chooses(role: V1ClusterRole, { metadata }: V1ClusterRole): boolean {
  return selectorsOf(role).some((selector) => labelSelectorAsSelector(selector).matches(metadata.labels ?? {}));
}

/** Pure: the rules of all selected roles, each once, roles in order of their names. */
export function aggregate(
  role: V1ClusterRole,
  candidates: (selector: V1LabelSelector) => readonly V1ClusterRole[],
): V1PolicyRule[] {
  const rules = new Map<string, V1PolicyRule>();
  for (const one of selectorsOf(role)) {
    const selector = labelSelectorAsSelector(one);
    const chosen = candidates(one).filter(
      ({ metadata }) => metadata.name !== role.metadata.name && selector.matches(metadata.labels ?? {}),
    );
    chosen.sort((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1));
    for (const rule of chosen.flatMap((source) => source.rules ?? [])) rules.set(encodeJson(rule), rule);
  }
  return [...rules.values()];
}
