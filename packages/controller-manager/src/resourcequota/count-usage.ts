import {
  addResources,
  maskResources,
  scopesOf,
  type QuotaEvaluator,
  type ResourceList,
  type UsageSurroundings,
  type V1ResourceQuota,
} from "@dingi/api";
import type { KubeObject } from "@dingi/apimachinery";

/** A resource that can be counted. */
export interface Counted {
  readonly evaluator: QuotaEvaluator;
  /** The objects in the quota's namespace; undefined when they are not known. */
  readonly objects: () => readonly KubeObject[] | undefined;
}

interface Usage {
  readonly used: ResourceList;
  /** What could not be counted now. */
  readonly unknown: readonly string[];
  /** When the usage changes although nothing is written. */
  readonly changesAtMs: number | undefined;
}

/** Pure: what is used of what a quota limits. Upstream: apiserver/pkg/quota/v1/resources.go#CalculateUsage */
export function countUsage(
  quota: V1ResourceQuota,
  resources: readonly Counted[],
  surroundings: UsageSurroundings,
): Usage {
  const limited = Object.keys(quota.spec.hard ?? {});
  const unknown: string[] = [];
  const total: Total = { used: {}, changesAtMs: undefined };
  for (const { evaluator, objects } of resources) {
    const names = evaluator.matching(limited, surroundings);
    const found = names.length === 0 ? [] : objects();
    if (!found) unknown.push(...names);
    else
      addUsage(
        total,
        { evaluator, names, objects: found.filter((one) => isInScope(quota, evaluator, one)) },
        surroundings,
      );
  }
  // What is known in part stays what it was.
  const known = new Set(Object.keys(total.used)).difference(new Set(unknown));
  const used = { ...maskResources(quota.status.used ?? {}, limited), ...maskResources(total.used, known) };
  return { used, unknown, changesAtMs: total.changesAtMs };
}

interface Total {
  used: ResourceList;
  changesAtMs: number | undefined;
}

interface Addend {
  readonly evaluator: QuotaEvaluator;
  /** What of the usage counts. */
  readonly names: readonly string[];
  readonly objects: readonly KubeObject[];
}

function addUsage(total: Total, { evaluator, names, objects }: Addend, surroundings: UsageSurroundings): void {
  total.used = { ...Object.fromEntries(names.map((name) => [name, "0"])), ...total.used };
  for (const object of objects) {
    total.used = addResources(total.used, maskResources(evaluator.usage(object, surroundings), names));
    const endMs = evaluator.changesAtMs?.(object) ?? -1;
    if (endMs >= surroundings.nowMs) total.changesAtMs = Math.min(total.changesAtMs ?? Infinity, endMs + 1);
  }
}

function isInScope(quota: V1ResourceQuota, evaluator: QuotaEvaluator, object: KubeObject): boolean {
  return scopesOf(quota).every((scope) => evaluator.isInScope?.(scope, object) ?? false);
}
