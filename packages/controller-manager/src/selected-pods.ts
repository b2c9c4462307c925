import { Pod, type V1Pod } from "@dingi/api";
import type { Requirement, Selector } from "@dingi/apimachinery";
import { withLabels } from "@dingi/client";
import type { ControllerCache } from "@dingi/controller-runtime";

const EQUALITIES: readonly string[] = ["=", "==", "in"] satisfies Requirement["operator"][];

/** The pods of a namespace that a selector selects; found by the labels that it wants, if it names some ("label" index). */
export function podsSelectedBy(selector: Selector, namespace: string, cache: ControllerCache): V1Pod[] {
  const { requirements } = selector;
  if (!requirements) return [];
  const wanted = requirements.flatMap(({ key, operator, values }) =>
    EQUALITIES.includes(operator) && values.length === 1 ? [[key, values[0]!] as const] : [],
  );
  const labels = Object.fromEntries(wanted);
  const candidates =
    wanted.length > 0 ? withLabels(cache.indexed(Pod), { namespace, labels }) : cache.list(Pod, namespace);
  return candidates.filter(({ metadata }) => selector.matches(metadata.labels));
}
