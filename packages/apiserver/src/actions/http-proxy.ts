import { Pod, Service, type V1Endpoint, type V1Pod, type V1Service } from "@dingi/api";
import { newBadRequest, newServiceUnavailable, type ApiResponse, type Dialer } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import { ANYTHING } from "../negotiation/route-media.ts";
import type { ActionCall, ActionHandler } from "../endpoints/action.ts";
import type { EndpointServices } from "../endpoints/endpoint.ts";
import type { KubeletConnections } from "../proxy/kubelet-connection.ts";
import { parseProxyName } from "../proxy/proxy-name.ts";
import { redirectToRoot, relayProxied, type ProxyTarget } from "../proxy/relay-proxied.ts";
import type { ServiceEndpoints } from "../proxy/service-endpoints.ts";
import { isGlobalUnicast } from "../proxy/target-address.ts";
import { admitConnect } from "./admit-connect.ts";
import { findPod } from "./pod-streaming.ts";

/** That has no verb: whoever may do anything with the resource may ask. */
const OTHER_METHODS = ["OPTIONS"];

/** Requests to pods by way of the API server. Upstream: pkg/registry/core/pod/strategy.go#ResourceLocation */
export class PodProxyHandler implements ActionHandler {
  readonly otherMethods = OTHER_METHODS;
  readonly produces = ANYTHING;
  readonly #dialer: Dialer;

  constructor(dialer: Dialer) {
    this.#dialer = dialer;
  }

  async handle(call: ActionCall, services: EndpointServices): Promise<ApiResponse> {
    await admitConnect(call, services);
    const { scheme, name, port } = parseProxyName(call.info.name, "pod");
    const pod = await findPod({ ...call, info: { ...call.info, name } }, services);
    const host = pod.status.podIP ?? "";
    if (!isGlobalUnicast(host)) throw newBadRequest("address not allowed");
    return await proxyTo({ dialer: this.#dialer, scheme, host, port: port || firstPort(pod) }, call);
  }
}

function firstPort(pod: V1Pod): string {
  const port = (pod.spec.containers ?? []).find(({ ports }) => ports?.[0])?.ports?.[0]?.containerPort;
  return port === undefined ? "" : String(port);
}

/** Requests to one of a Service's endpoints. Upstream: pkg/registry/core/service/storage/storage.go#ResourceLocation */
export class ServiceProxyHandler implements ActionHandler {
  readonly otherMethods = OTHER_METHODS;
  readonly produces = ANYTHING;
  readonly #dialer: Dialer;
  readonly #endpoints: ServiceEndpoints;

  constructor(dialer: Dialer, endpoints: ServiceEndpoints) {
    this.#dialer = dialer;
    this.#endpoints = endpoints;
  }

  async handle(call: ActionCall, services: EndpointServices): Promise<ApiResponse> {
    await admitConnect(call, services);
    const { scheme, name, port } = parseProxyName(call.info.name, "service");
    await services.feed.waitUntilFresh(call.request);
    const place = { services, namespace: call.info.namespace, service: name };
    const accepts = (endpoint: V1Endpoint) => isPods(endpoint, place);
    const found = this.#endpoints.pick({ namespace: place.namespace, name }, portName(place, port), accepts);
    if (!found) throw newServiceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
    return await proxyTo({ dialer: this.#dialer, scheme, host: found.host, port: String(found.port) }, call);
  }
}

interface ServicePlace {
  readonly services: EndpointServices;
  readonly namespace: string;
  readonly service: string;
}

/** A number stands for the name of the Service's port. */
function portName({ services, namespace, service }: ServicePlace, port: string): string {
  if (!/^[+-]?\d+$/.test(port)) return port;
  const number = Number(port);
  const { spec } = services.resourceStore(Service as never).get({ namespace, name: service }).object as V1Service;
  const found = spec.ports?.find((candidate) => candidate.port === number);
  if (found) return found.name ?? "";
  throw newServiceUnavailable(`no service port ${number} found for service ${JSON.stringify(service)}`);
}

/** Whoever may write endpoints shall not reach what is no pod. Upstream: …/storage.go#isValidAddress */
function isPods({ addresses, targetRef }: V1Endpoint, { services, namespace }: ServicePlace): boolean {
  if (!targetRef?.name || targetRef.namespace !== namespace) return false;
  const pod = services.feed.cache(Pod as never).get(`${namespace}/${targetRef.name}`)?.object as V1Pod | undefined;
  return (pod?.status.podIPs ?? []).some(({ ip }) => ip === addresses?.[0]);
}

/** Requests to a node's kubelet, or to another of its ports. Upstream: pkg/registry/core/node/strategy.go#ResourceLocation */
export class NodeProxyHandler implements ActionHandler {
  readonly otherMethods = OTHER_METHODS;
  readonly produces = ANYTHING;
  readonly #kubelets: KubeletConnections;
  readonly #dialer: Dialer;

  constructor(kubelets: KubeletConnections, dialer: Dialer) {
    this.#kubelets = kubelets;
    this.#dialer = dialer;
  }

  async handle(call: ActionCall, services: EndpointServices): Promise<ApiResponse> {
    await admitConnect(call, services);
    const { scheme, name, port } = parseProxyName(call.info.name, "node");
    const { host, port: kubeletPort } = this.#kubelets.addressOf(name, services);
    if (port !== "" && port !== String(kubeletPort))
      return await proxyTo({ dialer: this.#dialer, scheme, host, port }, call);
    const redirect = redirectToRoot(call.request);
    return (
      redirect ?? (await relayProxied(call.request, await this.#kubelets.dial(name, services, call.request.signal)))
    );
  }
}

interface Destination {
  readonly dialer: Dialer;
  readonly scheme: string;
  readonly host: string;
  readonly port: string;
}

async function proxyTo({ dialer, scheme, host, port }: Destination, { request }: ActionCall): Promise<ApiResponse> {
  const redirect = redirectToRoot(request);
  if (redirect) return redirect;
  const isTls = scheme === "https";
  const number = port === "" ? (isTls ? 443 : 80) : Number(port);
  if (!(number > 0 && number < 65_536))
    throw newServiceUnavailable(`error trying to reach service: dial tcp: lookup tcp/${port}: unknown port`);
  const connection = await dialTarget(dialer, { host, port: number }, request.signal);
  const target: ProxyTarget = {
    connection,
    authority: port === "" ? host : `${host}:${port}`,
    // Nobody has told this server whom to expect at a pod's port.
    ...(isTls ? { tls: { rejectUnauthorized: false } } : {}),
  };
  return await relayProxied(request, target);
}

async function dialTarget(
  dialer: Dialer,
  target: { host: string; port: number },
  signal: AbortSignal,
): ReturnType<Dialer["dial"]> {
  try {
    return await dialer.dial(target, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    throw newServiceUnavailable(`error trying to reach service: ${describeError(error)}`);
  }
}
