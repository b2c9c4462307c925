import { Pod, Service, type V1Pod, type V1Service } from "@dingi/api";
import { keyOf, keyString } from "@dingi/apimachinery";
import { choosing, labelIndexes, selectorIndexes, withLabels } from "@dingi/client";
import { indexesOf, type ReconcileContext } from "@dingi/controller-runtime";

type Reading = Pick<ReconcileContext, "cache">;

/** For `servicesOf` and `podsOf`. */
export const selectionIndexes = [
  ...indexesOf(Pod, labelIndexes),
  ...indexesOf(Service, selectorIndexes<V1Service>(selectorOf)),
];

/** A Service without one selects nothing: its endpoints are somebody else's. */
export function selectorOf({ spec }: V1Service): Readonly<Record<string, string>> | undefined {
  return Object.keys(spec.selector ?? {}).length > 0 ? spec.selector : undefined;
}

/** The services that select a pod, now or before its labels changed. */
export function servicesOf({ metadata }: V1Pod, { cache }: Reading, previous?: V1Pod): string[] {
  const services = cache.indexed(Service);
  const find = (labels: Readonly<Record<string, string>> = {}) =>
    choosing(services, { namespace: metadata.namespace ?? "", labels });
  const before = previous && previous.metadata.labels !== metadata.labels ? find(previous.metadata.labels) : [];
  return [...new Set([...find(metadata.labels), ...before].map((service) => keyString(keyOf(service))))];
}

export function podsOf(service: V1Service, { cache }: Reading): V1Pod[] {
  const labels = selectorOf(service);
  return labels ? withLabels(cache.indexed(Pod), { namespace: service.metadata.namespace ?? "", labels }) : [];
}
