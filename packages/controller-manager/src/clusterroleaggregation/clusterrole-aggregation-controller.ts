import { ClusterRole, type V1ClusterRole, type V1PolicyRule } from "@dingi/api";
import { encodeJson, equalJson, labelSelectorAsSelector, type ObjectKey } from "@dingi/apimachinery";
import { DONE, defineController, watchOf, type ReconcileContext, type Result } from "@dingi/controller-runtime";

/** Fills roles such as admin, edit and view from those that are labelled for them. Upstream: pkg/controller/clusterroleaggregation */
export const clusterRoleAggregationController = defineController({
  name: "clusterrole-aggregation-controller",
  serviceAccount: "clusterrole-aggregation-controller",
  for: ClusterRole,
  watches: [
    watchOf(ClusterRole, (_role, { cache }) =>
      cache
        .list(ClusterRole)
        .filter(({ aggregationRule }) => aggregationRule)
        .map(({ metadata }) => ({ namespace: "", name: metadata.name ?? "" })),
    ),
  ],
  concurrency: 1,
  reconcile,
});

async function reconcile(key: ObjectKey, { cache, client }: ReconcileContext): Promise<Result> {
  const role = cache.get(ClusterRole, key);
  if (!role?.aggregationRule) return DONE;
  const rules = aggregate(role, cache.list(ClusterRole));
  if (!equalJson(rules, role.rules ?? [])) await client.update(ClusterRole, { ...role, rules });
  return DONE;
}

/** Pure: the rules of all selected roles, each once, roles in order of their names. */
export function aggregate(role: V1ClusterRole, all: readonly V1ClusterRole[]): V1PolicyRule[] {
  const rules = new Map<string, V1PolicyRule>();
  const selectors = (role.aggregationRule?.clusterRoleSelectors ?? []).map(labelSelectorAsSelector);
  for (const selector of selectors) {
    const chosen = all.filter(
      ({ metadata }) => metadata.name !== role.metadata.name && selector.matches(metadata.labels ?? {}),
    );
    chosen.sort((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1));
    for (const rule of chosen.flatMap((source) => source.rules ?? [])) rules.set(encodeJson(rule), rule);
  }
  return [...rules.values()];
}
