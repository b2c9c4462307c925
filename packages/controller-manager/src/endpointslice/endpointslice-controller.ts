import { EndpointSlice, Node, Pod, Service, type V1EndpointSlice, type V1Pod, type V1Service } from "@dingi/api";
import { keyOf, keyString, selectorFromSet, type ObjectKey } from "@dingi/apimachinery";
import {
  DONE,
  defineController,
  watchOf,
  type ControllerDefinition,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { MANAGED_BY_LABEL, removeSlice, SERVICE_NAME, slicesOf, STALE_MS, watchSlices } from "./managed-slices.ts";
import { groupByPorts, MANAGED_BY, planSlices, type SliceContent } from "./plan.ts";
import { SliceTracker } from "./slice-tracker.ts";

const HEADLESS = "service.kubernetes.io/headless";

/** Says where the pods behind each Service are. Upstream: pkg/controller/endpointslice/endpointslice_controller.go */
export function endpointSliceController(): ControllerDefinition {
  const tracker = new SliceTracker();
  return defineController({
    name: "endpointslice-controller",
    serviceAccount: "endpointslice-controller",
    for: Service,
    reads: [Node],
    watches: [watchOf(Pod, servicesOf), watchSlices(MANAGED_BY, tracker)],
    reconcile: (key, context) => reconcile(key, context, tracker),
  });
}

/** The services that select a pod, now or before its labels changed. */
export function servicesOf(pod: V1Pod, { cache }: Pick<ReconcileContext, "cache">, previous?: V1Pod): string[] {
  const keys = new Set<string>();
  for (const service of cache.list(Service, pod.metadata.namespace)) {
    const selector = service.spec.selector;
    if (!selector || Object.keys(selector).length === 0) continue;
    const chooses = selectorFromSet(selector);
    const matches = (candidate: V1Pod | undefined) =>
      candidate !== undefined && chooses.matches(candidate.metadata.labels ?? {});
    if (matches(pod) || matches(previous)) keys.add(keyString(keyOf(service)));
  }
  return [...keys];
}

async function reconcile(key: ObjectKey, context: ReconcileContext, tracker: SliceTracker): Promise<Result> {
  const { cache, client, clock } = context;
  const service = cache.get(Service, key);
  const slices = slicesOf(key, MANAGED_BY, context);
  if (!service) {
    tracker.forget(key);
    await Promise.all(slices.map((slice) => removeSlice(slice, context)));
    return DONE;
  }
  const { selector, type } = service.spec;
  // Without a selector, the endpoints are somebody else's.
  if (
    !selector ||
    Object.keys(selector).length === 0 ||
    type === "ExternalName" ||
    service.metadata.deletionTimestamp !== undefined
  )
    return DONE;
  // The event that it waits for looks here again; the time is for events that are lost.
  if (tracker.isStale(key, slices, clock)) return { requeueAfterMs: STALE_MS };
  const chooses = selectorFromSet(selector);
  const pods = cache.list(Pod, key.namespace).filter((pod) => chooses.matches(pod.metadata.labels ?? {}));
  const wanted = groupByPorts(pods, service, (name) => cache.get(Node, { namespace: "", name }));
  const plan = planSlices(wanted, slices);
  for (const content of plan.create) tracker.wrote(key, await create(service, content, context), clock);
  for (const [slice, content] of plan.update)
    tracker.wrote(key, await client.update(EndpointSlice, { ...slice, ...content }), clock);
  for (const slice of plan.remove) {
    await removeSlice(slice, context);
    tracker.removed(key, slice, clock);
  }
  return DONE;
}

async function create(
  service: V1Service,
  content: SliceContent,
  { client }: ReconcileContext,
): Promise<V1EndpointSlice> {
  const { name = "", namespace, uid = "", labels } = service.metadata;
  return await client.create(EndpointSlice, {
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: {
        ...labels,
        [SERVICE_NAME]: name,
        [MANAGED_BY_LABEL]: MANAGED_BY,
        ...(service.spec.clusterIP === "None" ? { [HEADLESS]: "" } : {}),
      },
      ownerReferences: [{ apiVersion: "v1", kind: "Service", name, uid, controller: true, blockOwnerDeletion: true }],
    },
    addressType: "IPv4",
    ...content,
  });
}
