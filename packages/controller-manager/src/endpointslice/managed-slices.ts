import { EndpointSlice, type V1EndpointSlice } from "@dingi/api";
import { ignoreNotFound, keyOf, type ObjectKey } from "@dingi/apimachinery";
import { watchOf, type ReconcileContext } from "@dingi/controller-runtime";
import type { SliceTracker } from "./slice-tracker.ts";

export const SERVICE_NAME = "kubernetes.io/service-name";
export const MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by";
/** After which slices that the cache does not show yet are looked at again, should their event be lost. */
export const STALE_MS = 1000;

/** The slices of a Service that one controller keeps. */
export function slicesOf(
  service: ObjectKey,
  managedBy: string,
  { cache }: Pick<ReconcileContext, "cache">,
): V1EndpointSlice[] {
  return cache
    .list(EndpointSlice, service.namespace)
    .filter(
      ({ metadata }) =>
        metadata.labels?.[SERVICE_NAME] === service.name && metadata.labels[MANAGED_BY_LABEL] === managedBy,
    );
}

/** Leads from a slice that one controller keeps to its Service, and tells the tracker of it. */
export function watchSlices(managedBy: string, tracker: SliceTracker) {
  return watchOf(EndpointSlice, (slice, { cache }) => {
    const { namespace = "", labels = {} } = slice.metadata;
    const name = labels[SERVICE_NAME];
    if (!name || labels[MANAGED_BY_LABEL] !== managedBy) return [];
    tracker.observe({ namespace, name }, slice, cache);
    return [{ namespace, name }];
  });
}

export async function removeSlice(slice: V1EndpointSlice, { client }: ReconcileContext): Promise<void> {
  await client.delete(EndpointSlice, keyOf(slice)).catch(ignoreNotFound);
}
