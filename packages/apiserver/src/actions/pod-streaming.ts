import { OBJECT_MEDIA_TYPES } from "../negotiation/accept.ts";
import { ANYTHING } from "../negotiation/route-media.ts";
import { Node, type V1Node, type V1Pod } from "@dingi/api";
import { newBadRequest, type ApiRequest, type ApiResponse } from "@dingi/apimachinery";
import type { ActionCall, ActionHandler } from "../endpoints/action.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { EndpointServices } from "../endpoints/endpoint.ts";
import type { KubeletConnections } from "../proxy/kubelet-connection.ts";
import { relay } from "../proxy/relay.ts";
import { isTrue } from "../routing/request-info.ts";
import { asksForTunnel, tunnelSpdy } from "../streams/port-forward-tunnel.ts";
import { asksForV5, translateStreams, type StreamOptions } from "../streams/stream-translator.ts";
import { asksForWebSocket, readOverWebSocket } from "../streams/web-socket-reader.ts";
import { admitConnect } from "./admit-connect.ts";
import { authorizeConnect } from "./authorize-connect.ts";
import { podLogQuery } from "./pod-log-options.ts";

/** What is asked of the kubelet for one of the pod's streaming subresources: path and query. */
type Location = (pod: V1Pod, call: ActionCall) => { readonly path: string; readonly query: URLSearchParams };

async function findPod(call: ActionCall, services: EndpointServices): Promise<V1Pod> {
  await services.feed.waitUntilFresh(call.request);
  return services.resourceStore(call.kind).get({ namespace: call.info.namespace, name: call.info.name })
    .object as V1Pod;
}

/** A pod's log, from its kubelet. Upstream: pkg/registry/core/pod/rest/log.go */
export class PodLogHandler implements ActionHandler {
  readonly produces = ["text/plain", ...OBJECT_MEDIA_TYPES];
  readonly #kubelets: KubeletConnections;

  constructor(kubelets: KubeletConnections) {
    this.#kubelets = kubelets;
  }

  async handle(call: ActionCall, services: EndpointServices): Promise<ApiResponse> {
    const query = podLogQuery(call.request.query, call.info.name);
    const pod = await findPod(call, services);
    const path = segments("containerLogs", pod.metadata.namespace, pod.metadata.name, containerFor(pod, call.request));
    // A pod that has no node yet has written nothing.
    if (!pod.spec.nodeName) return { status: 204, headers: {} };
    const open = async (request: ApiRequest) => {
      const kubelet = await this.#kubelets.dialFor(pod, services, request.signal);
      return await relay(request, { ...kubelet, path: withQuery(path, query) });
    };
    return asksForWebSocket(call.request) ? await readOverWebSocket(call.request, open) : await open(call.request);
  }
}

/** exec, attach and portforward: passed on to the kubelet. Upstream: pkg/registry/core/pod/rest/subresources.go */
export class PodStreamingHandler implements ActionHandler {
  readonly produces = ANYTHING;
  readonly #kubelets: KubeletConnections;
  readonly #authorizer: Authorizer;
  readonly #locate: Location;

  constructor(kubelets: KubeletConnections, authorizer: Authorizer, locate: Location) {
    this.#kubelets = kubelets;
    this.#authorizer = authorizer;
    this.#locate = locate;
  }

  async handle(call: ActionCall, services: EndpointServices): Promise<ApiResponse> {
    const { request } = call;
    await authorizeConnect(call, this.#authorizer);
    await admitConnect(call, services);
    const pod = await findPod(call, services);
    const location = this.#locate(pod, call);
    if (!pod.spec.nodeName) throw newBadRequest(`pod ${call.info.name} does not have a host assigned`);
    if (!request.upgrade) throw newBadRequest("Upgrade request required");
    const path = withQuery(location.path, location.query);
    const dial = async () => ({ ...(await this.#kubelets.dialFor(pod, services, request.signal)), path });
    const open = async () => ({ ...(await dial()), signal: request.signal });
    if (!speaksWebSocket(pod, services)) {
      if (asksForV5(request)) return await translateStreams(request, streamOptions(location.query), open);
      if (asksForTunnel(request)) return await tunnelSpdy(request, await open());
    }
    return await relay(request, await dial());
  }
}

/** Whether the node has said that its kubelet takes WebSockets of every protocol. */
function speaksWebSocket(pod: V1Pod, services: EndpointServices): boolean {
  const node = services.feed.cache(Node as never).get(pod.spec.nodeName ?? "")?.object as V1Node | undefined;
  return (node?.status.declaredFeatures ?? []).includes("ExtendWebSocketsToKubelet");
}

function streamOptions(query: URLSearchParams): StreamOptions {
  return {
    stdin: query.has("input"),
    stdout: query.has("output"),
    stderr: query.has("error"),
    tty: query.has("tty"),
  };
}

const segments = (...parts: (string | undefined)[]): string =>
  parts.map((part) => `/${encodeURIComponent(part ?? "")}`).join("");

/** The container that a request means. Upstream: pkg/registry/core/pod/strategy.go#LogLocation */
function containerFor(pod: V1Pod, request: ApiRequest): string {
  const asked = request.query.get("container") ?? "";
  const names = (list: readonly { name: string }[] | undefined) => (list ?? []).map(({ name }) => name);
  const containers = names(pod.spec.containers);
  const init = names(pod.spec.initContainers);
  const ephemeral = names(pod.spec.ephemeralContainers);
  if (asked !== "") {
    if ([...containers, ...init, ...ephemeral].includes(asked)) return asked;
    throw newBadRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`);
  }
  if (containers.length === 1) return containers[0]!;
  const all = [...init, ...containers, ...ephemeral].join(" ");
  throw newBadRequest(`a container name must be specified for pod ${pod.metadata.name}, choose one of: [${all}]`);
}

const withQuery = (path: string, query: URLSearchParams): string => (query.size === 0 ? path : `${path}?${query}`);

/** What the API calls the streams, and what kubelets call them. Upstream: pkg/registry/core/pod/strategy.go#streamParams */
const STREAMS = { stdin: "input", stdout: "output", stderr: "error", tty: "tty" } as const;

function streamQuery(asked: URLSearchParams): URLSearchParams {
  const query = new URLSearchParams();
  for (const [ours, theirs] of Object.entries(STREAMS)) {
    if (isTrue(asked.get(ours))) query.set(theirs, "1");
  }
  return query;
}

export const locateExec: Location = (pod, { request }) => {
  const query = streamQuery(request.query);
  for (const word of request.query.getAll("command")) query.append("command", word);
  return {
    path: segments("exec", pod.metadata.namespace, pod.metadata.name, containerFor(pod, request)),
    query,
  };
};

export const locateAttach: Location = (pod, { request }) => ({
  path: segments("attach", pod.metadata.namespace, pod.metadata.name, containerFor(pod, request)),
  query: streamQuery(request.query),
});

export const locatePortForward: Location = (pod, { request }) => {
  const ports = request.query.getAll("ports").flatMap((text) => text.split(","));
  return {
    path: segments("portForward", pod.metadata.namespace, pod.metadata.name),
    query: new URLSearchParams(ports.length > 0 ? { port: ports.join(",") } : {}),
  };
};

export { findPod };
