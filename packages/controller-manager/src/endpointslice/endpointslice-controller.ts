import { EndpointSlice, Node, Pod, Service, type V1Service } from "@dingi/api";
import type { ObjectKey } from "@dingi/apimachinery";
import { DONE, defineController, watchOf, type ReconcileContext, type Result } from "@dingi/controller-runtime";
import {
  MANAGED_BY_LABEL,
  removeSlice,
  SERVICE_NAME,
  slicesByService,
  slicesOf,
  watchSlices,
} from "./managed-slices.ts";
import { groupByPorts, MANAGED_BY } from "./plan.ts";
import { planSlices, type SliceContent } from "./plan-slices.ts";
import { podsOf, selectionIndexes, selectorOf, servicesOf } from "./selected-pods.ts";

const HEADLESS = "service.kubernetes.io/headless";

/** Says where the pods behind each Service are. Upstream: pkg/controller/endpointslice/endpointslice_controller.go */
export const endpointSliceController = defineController({
  name: "endpointslice-controller",
  serviceAccount: "endpointslice-controller",
  for: Service,
  reads: [Node],
  watches: [watchOf(Pod, servicesOf), watchSlices(MANAGED_BY)],
  indexes: [...selectionIndexes, slicesByService],
  reconcile,
});

async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<Result> {
  const { cache, client } = context;
  const service = cache.get(Service, key);
  const slices = slicesOf(key, MANAGED_BY, context);
  if (!service) {
    await Promise.all(slices.map((slice) => removeSlice(slice, context)));
    return DONE;
  }
  const { spec, metadata } = service;
  if (!selectorOf(service) || spec.type === "ExternalName" || metadata.deletionTimestamp !== undefined) return DONE;
  const nodeOf = (name: string) => cache.get(Node, { namespace: "", name });
  const plan = planSlices(groupByPorts(podsOf(service, context), service, nodeOf), slices);
  for (const content of plan.create) await create(service, content, context);
  for (const [slice, content] of plan.update) await client.update(EndpointSlice, { ...slice, ...content });
  for (const slice of plan.remove) await removeSlice(slice, context);
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
