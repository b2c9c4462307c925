import {
  Endpoints,
  Pod,
  Service,
  type V1Endpoints,
  type V1EndpointAddress,
  type V1EndpointSubset,
  type V1Pod,
  type V1Service,
} from "@dingi/api";
import { ignoreAlreadyExists, ignoreNotFound, equalJson, keyOf, type ObjectKey } from "@dingi/apimachinery";
import { DONE, defineController, watchOf, type ReconcileContext, type Result } from "@dingi/controller-runtime";
import { endpointOf, portsOf } from "./plan.ts";
import { podsOf, selectionIndexes, selectorOf, servicesOf } from "./selected-pods.ts";

const MAX_ADDRESSES = 1000;

/** The older form of endpoints, for clients that still read it. Upstream: pkg/controller/endpoint/endpoints_controller.go */
export const endpointsController = defineController({
  name: "endpoints-controller",
  serviceAccount: "endpoint-controller",
  for: Service,
  watches: [watchOf(Pod, servicesOf), watchOf(Endpoints, (endpoints) => [keyOf(endpoints)])],
  indexes: selectionIndexes,
  reconcile,
});

async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<Result> {
  const { cache, client } = context;
  const service = cache.get(Service, key);
  const current = cache.get(Endpoints, key);
  if (!service) {
    if (current?.metadata.labels?.["endpoints.kubernetes.io/managed-by"] === "endpoint-controller")
      await client.delete(Endpoints, key).catch(ignoreNotFound);
    return DONE;
  }
  if (!selectorOf(service) || service.spec.type === "ExternalName") return DONE;
  const subsets = subsetsOf(service, podsOf(service, context));
  const labels = {
    ...service.metadata.labels,
    "endpoints.kubernetes.io/managed-by": "endpoint-controller",
    ...(service.spec.clusterIP === "None" ? { "service.kubernetes.io/headless": "" } : {}),
  };
  if (!current) {
    await client.create(Endpoints, { metadata: { ...key, labels }, subsets }).catch(ignoreAlreadyExists);
  } else if (!equalJson(current.subsets ?? [], subsets) || !equalJson(current.metadata.labels ?? {}, labels)) {
    await client.update(Endpoints, {
      ...current,
      metadata: { ...current.metadata, labels },
      subsets,
    } satisfies V1Endpoints);
  }
  return DONE;
}

/** Pure: ready and unready addresses, grouped by what ports they have. */
function subsetsOf(service: V1Service, pods: readonly V1Pod[]): V1EndpointSubset[] {
  const groups = new Map<
    string,
    { ready: V1EndpointAddress[]; notReady: V1EndpointAddress[]; ports: V1EndpointSubset["ports"] }
  >();
  for (const pod of [...pods]
    .sort((a, b) => ((a.status.podIP ?? "") < (b.status.podIP ?? "") ? -1 : 1))
    .slice(0, MAX_ADDRESSES)) {
    const endpoint = endpointOf(pod, service, undefined);
    if (!endpoint || (endpoint.conditions?.terminating && !service.spec.publishNotReadyAddresses)) continue;
    const ports = portsOf(service, pod).map(({ name, ...port }) =>
      name ? { name, ...port, port: port.port! } : { ...port, port: port.port! },
    );
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ready: [], notReady: [], ports };
    groups.set(key, group);
    const { hostname, nodeName, targetRef } = endpoint;
    const address = {
      ip: endpoint.addresses![0]!,
      ...(hostname ? { hostname } : {}),
      ...(nodeName ? { nodeName } : {}),
      targetRef,
    };
    (endpoint.conditions?.ready ? group.ready : group.notReady).push(address);
  }
  return [...groups.values()].map(({ ready, notReady, ports }) => ({
    ...(ready.length > 0 ? { addresses: ready } : {}),
    ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
    ports,
  }));
}
