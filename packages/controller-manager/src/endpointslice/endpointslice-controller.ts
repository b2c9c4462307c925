import { EndpointSlice, Node, Pod, Service, type V1EndpointSlice, type V1Pod, type V1Service } from "@dingi/api";
import { ignoreNotFound, keyString, selectorFromSet, type ObjectKey } from "@dingi/apimachinery";
import { DONE, defineController, watchOf, type ReconcileContext, type Result } from "@dingi/controller-runtime";
import { groupByPorts, MANAGED_BY, planSlices, type SliceContent } from "./plan.ts";

const SERVICE_NAME = "kubernetes.io/service-name";
const MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by";
const HEADLESS = "service.kubernetes.io/headless";

/** Says where the pods behind each Service are. Upstream: pkg/controller/endpointslice/endpointslice_controller.go */
export const endpointSliceController = defineController({
  name: "endpointslice-controller",
  serviceAccount: "endpointslice-controller",
  for: Service,
  reads: [Node],
  watches: [
    watchOf(Pod, servicesOf),
    watchOf(EndpointSlice, ({ metadata }) => {
      const name = metadata.labels?.[SERVICE_NAME];
      return name && metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY
        ? [{ namespace: metadata.namespace ?? "", name }]
        : [];
    }),
  ],
  reconcile,
});

/** The services that select a pod, now or before its labels changed. */
export function servicesOf(pod: V1Pod, { cache }: Pick<ReconcileContext, "cache">, previous?: V1Pod): string[] {
  const keys = new Set<string>();
  for (const service of cache.list(Service, pod.metadata.namespace)) {
    const selector = service.spec.selector;
    if (!selector || Object.keys(selector).length === 0) continue;
    const chooses = selectorFromSet(selector);
    const matches = (candidate: V1Pod | undefined) =>
      candidate !== undefined && chooses.matches(candidate.metadata.labels ?? {});
    if (matches(pod) || matches(previous))
      keys.add(keyString({ namespace: service.metadata.namespace ?? "", name: service.metadata.name ?? "" }));
  }
  return [...keys];
}

async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<Result> {
  const { cache } = context;
  const service = cache.get(Service, key);
  const slices = cache
    .list(EndpointSlice, key.namespace)
    .filter(
      ({ metadata }) =>
        metadata.labels?.[SERVICE_NAME] === key.name && metadata.labels[MANAGED_BY_LABEL] === MANAGED_BY,
    );
  if (!service) {
    await Promise.all(slices.map((slice) => remove(slice, context)));
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
  const chooses = selectorFromSet(selector);
  const pods = cache.list(Pod, key.namespace).filter((pod) => chooses.matches(pod.metadata.labels ?? {}));
  const wanted = groupByPorts(pods, service, (name) => cache.get(Node, { namespace: "", name }));
  const plan = planSlices(wanted, slices);
  for (const content of plan.create) await create(service, content, context);
  for (const [slice, content] of plan.update) await context.client.update(EndpointSlice, { ...slice, ...content });
  for (const slice of plan.remove) await remove(slice, context);
  return DONE;
}

async function create(service: V1Service, content: SliceContent, { client }: ReconcileContext): Promise<void> {
  const { name = "", namespace, uid = "", labels } = service.metadata;
  await client.create(EndpointSlice, {
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

async function remove(slice: V1EndpointSlice, { client }: ReconcileContext): Promise<void> {
  const { namespace = "", name = "" } = slice.metadata;
  await client.delete(EndpointSlice, { namespace, name }).catch(ignoreNotFound);
}
