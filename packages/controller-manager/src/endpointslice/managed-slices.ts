import { EndpointSlice, type V1EndpointSlice } from "@dingi/api";
import { ignoreNotFound, keyOf, keyString, type ObjectKey } from "@dingi/apimachinery";
import { indexOf, watchOf, type ReconcileContext } from "@dingi/controller-runtime";

export const SERVICE_NAME = "kubernetes.io/service-name";
export const MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by";
const BY_SERVICE = "service";

/** For `slicesOf`. */
export const slicesByService = indexOf(EndpointSlice, BY_SERVICE, ({ metadata }) => {
  const name = metadata.labels?.[SERVICE_NAME];
  return name ? [keyString({ namespace: metadata.namespace ?? "", name })] : [];
});

/** The slices of a Service that one controller keeps. */
export function slicesOf(
  service: ObjectKey,
  managedBy: string,
  { cache }: Pick<ReconcileContext, "cache">,
): V1EndpointSlice[] {
  return cache
    .by(EndpointSlice, BY_SERVICE, keyString(service))
    .filter(({ metadata }) => metadata.labels?.[MANAGED_BY_LABEL] === managedBy);
}

/** Leads from a slice that one controller keeps to its Service. */
export function watchSlices(managedBy: string) {
  return watchOf(EndpointSlice, ({ metadata: { namespace = "", labels = {} } }) => {
    const name = labels[SERVICE_NAME];
    return name && labels[MANAGED_BY_LABEL] === managedBy ? [{ namespace, name }] : [];
  });
}

export async function removeSlice(slice: V1EndpointSlice, { client }: ReconcileContext): Promise<void> {
  await client.delete(EndpointSlice, keyOf(slice)).catch(ignoreNotFound);
}
