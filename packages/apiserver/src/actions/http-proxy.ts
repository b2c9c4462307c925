import { EndpointSlice, Service, type V1EndpointSlice, type V1Pod, type V1Service } from "@dingi/api";
import { newBadRequest, newServiceUnavailable, type ApiResponse, type Dialer } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import type { ActionCall, ActionHandler } from "../endpoints/action.ts";
import type { EndpointServices } from "../endpoints/endpoint.ts";
import type { KubeletConnections } from "../proxy/kubelet-connection.ts";
import { relay } from "../proxy/relay.ts";
import { findPod } from "./pod-streaming.ts";

/** "[https:]name[:port]" */
function splitName(text: string): { scheme: string; name: string; port: string } {
  const parts = text.split(":");
  if (parts.length === 1) return { scheme: "", name: text, port: "" };
  if (parts.length === 2) return { scheme: "", name: parts[0]!, port: parts[1]! };
  return { scheme: parts[0]!, name: parts[1]!, port: parts[2]! };
}

function pathOf(call: ActionCall): string {
  const query = call.request.query.toString();
  return `/${call.info.rest}${query === "" ? "" : `?${query}`}`;
}

/** Requests to pods by way of the API server. Upstream: pkg/registry/core/pod/strategy.go#ResourceLocation */
export class PodProxyHandler implements ActionHandler {
  readonly #dialer: Dialer;

  constructor(dialer: Dialer) {
    this.#dialer = dialer;
  }

  async handle(call: ActionCall, services: EndpointServices): Promise<ApiResponse> {
    const { name, port } = splitName(call.info.name);
    const pod = await findPod({ ...call, info: { ...call.info, name } }, services);
    const host = pod.status.podIP;
    if (!host) throw newBadRequest("address not allowed");
    return await dialAndRelay(this.#dialer, call, host, Number(port) || firstPort(pod));
  }
}

function firstPort(pod: V1Pod): number {
  return (pod.spec.containers ?? []).flatMap((container) => container.ports ?? [])[0]?.containerPort ?? 80;
}

/** Requests to one of a Service's endpoints. Upstream: pkg/registry/core/service/storage/storage.go#ResourceLocation */
export class ServiceProxyHandler implements ActionHandler {
  readonly #dialer: Dialer;

  constructor(dialer: Dialer) {
    this.#dialer = dialer;
  }

  async handle(call: ActionCall, services: EndpointServices): Promise<ApiResponse> {
    const { name, port } = splitName(call.info.name);
    await services.feed.waitUntilFresh(call.request);
    const service = services.resourceStore(Service as never).get({ namespace: call.info.namespace, name })
      .object as V1Service;
    const ports = service.spec.ports ?? [];
    const wanted =
      port === "" ? ports[0] : ports.find((candidate) => candidate.name === port || String(candidate.port) === port);
    if (!wanted)
      throw newServiceUnavailable(`no service port ${JSON.stringify(port)} found for service ${JSON.stringify(name)}`);
    const found = pickEndpoint(services, call.info.namespace, name, wanted.name ?? "");
    if (!found) throw newServiceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
    return await dialAndRelay(this.#dialer, call, found.host, found.port);
  }
}

function pickEndpoint(
  services: EndpointServices,
  namespace: string,
  service: string,
  portName: string,
): { host: string; port: number } | undefined {
  const found: { host: string; port: number }[] = [];
  for (const stored of services.feed
    .cache(EndpointSlice as never)
    .snapshot()
    .values({ prefix: `${namespace}/` })) {
    const slice = stored.object as V1EndpointSlice;
    if (slice.metadata.labels?.["kubernetes.io/service-name"] !== service) continue;
    const port = slice.ports?.find((candidate) => (candidate.name ?? "") === portName)?.port;
    if (port === undefined) continue;
    for (const { addresses, conditions } of slice.endpoints ?? [])
      if (conditions?.ready !== false && addresses?.[0]) found.push({ host: addresses[0], port });
  }
  return found.length === 0 ? undefined : found[services.random.int(found.length)];
}

/** Requests to a node's kubelet. Upstream: pkg/registry/core/node/rest/proxy.go */
export class NodeProxyHandler implements ActionHandler {
  readonly #kubelets: KubeletConnections;

  constructor(kubelets: KubeletConnections) {
    this.#kubelets = kubelets;
  }

  async handle(call: ActionCall, services: EndpointServices): Promise<ApiResponse> {
    const { name } = splitName(call.info.name);
    const kubelet = await this.#kubelets.dial(name, services, call.request.signal);
    return await relay(call.request, { ...kubelet, path: pathOf(call) });
  }
}

async function dialAndRelay(dialer: Dialer, call: ActionCall, host: string, port: number): Promise<ApiResponse> {
  const connection = await dialer.dial({ host, port }, call.request.signal).catch((error: unknown) => {
    throw newServiceUnavailable(`error trying to reach service: ${describeError(error)}`);
  });
  return await relay(call.request, { connection, authority: `${host}:${port}`, path: pathOf(call) });
}
