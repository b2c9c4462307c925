import type { V1Pod } from "@dingi/api";
import { newBadRequest, type ApiRequest, type ApiResponse } from "@dingi/apimachinery";
import type { ActionCall, ActionHandler } from "../endpoints/action.ts";
import type { EndpointServices } from "../endpoints/endpoint.ts";
import type { KubeletConnections } from "../proxy/kubelet-connection.ts";
import { relay } from "../proxy/relay.ts";

/** What is asked of the kubelet for one of the pod's streaming subresources. */
type Route = (pod: V1Pod, call: ActionCall) => string;

async function findPod(call: ActionCall, services: EndpointServices): Promise<V1Pod> {
  await services.feed.waitUntilFresh(call.request.signal);
  return services.resourceStore(call.kind).get({ namespace: call.info.namespace, name: call.info.name })
    .object as V1Pod;
}

/** log, exec, attach and portforward: passed on to the kubelet. Upstream: pkg/registry/core/pod/rest/{log,subresources}.go */
export class PodStreamingHandler implements ActionHandler {
  readonly #kubelets: KubeletConnections;
  readonly #route: Route;
  readonly #needsUpgrade: boolean;

  constructor(kubelets: KubeletConnections, route: Route, needsUpgrade: boolean) {
    this.#kubelets = kubelets;
    this.#route = route;
    this.#needsUpgrade = needsUpgrade;
  }

  async handle(call: ActionCall, services: EndpointServices): Promise<ApiResponse> {
    const { request } = call;
    const pod = await findPod(call, services);
    const path = this.#route(pod, call);
    if (this.#needsUpgrade) {
      await admitConnect(call, services);
      if (!request.upgrade) throw newBadRequest("Upgrade request required");
    }
    const kubelet = await this.#kubelets.dialFor(pod, services, request.signal);
    const query = request.query.toString();
    return await relay(request, { ...kubelet, path: query === "" ? path : `${path}?${query}` });
  }
}

async function admitConnect(call: ActionCall, services: EndpointServices): Promise<void> {
  const attributes = {
    operation: "CONNECT" as const,
    kind: call.kind,
    subresource: call.info.subresource,
    namespace: call.info.namespace,
    name: call.info.name,
    user: call.user,
    dryRun: false,
    warn: (text: string) => void call.warnings.push(text),
    signal: call.request.signal,
  };
  await services.admission.admit(attributes);
  await services.admission.validate(attributes);
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
  const others = [
    ...(init.length > 0 ? [` or one of the init containers: [${init.join(" ")}]`] : []),
    ...(ephemeral.length > 0 ? [` or one of the ephemeral containers: [${ephemeral.join(" ")}]`] : []),
  ];
  throw newBadRequest(
    `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${containers.join(" ")}]${others.join("")}`,
  );
}

export const logRoute: Route = (pod, { request }) =>
  segments("containerLogs", pod.metadata.namespace, pod.metadata.name, containerFor(pod, request));
export const execRoute: Route = (pod, { request }) =>
  segments("exec", pod.metadata.namespace, pod.metadata.name, containerFor(pod, request));
export const attachRoute: Route = (pod, { request }) =>
  segments("attach", pod.metadata.namespace, pod.metadata.name, containerFor(pod, request));
export const portForwardRoute: Route = (pod) => segments("portForward", pod.metadata.namespace, pod.metadata.name);

export { findPod };
