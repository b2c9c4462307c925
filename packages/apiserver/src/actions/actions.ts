import { Node, Pod, Service, ServiceAccount } from "@dingi/api";
import type { AnyKind } from "@dingi/apimachinery";
import type { Authorizer } from "../authorization/authorizer.ts";
import { actionName, type ActionHandler } from "../endpoints/action.ts";
import { KubeletConnections, type KubeletConnectionOptions } from "../proxy/kubelet-connection.ts";
import type { ServiceEndpoints } from "../proxy/service-endpoints.ts";
import { BindingHandler } from "./binding.ts";
import { EvictionHandler } from "./eviction.ts";
import { NodeProxyHandler, PodProxyHandler, ServiceProxyHandler } from "./http-proxy.ts";
import { locateAttach, locateExec, locatePortForward, PodLogHandler, PodStreamingHandler } from "./pod-streaming.ts";
import { TokenHandler, type TokenHandlerOptions } from "./token.ts";

/** What is done at which action subresource. */
export function createActions(
  options: KubeletConnectionOptions &
    TokenHandlerOptions & { readonly authorizer: Authorizer; readonly endpoints: ServiceEndpoints },
): ReadonlyMap<string, ActionHandler> {
  const kubelets = new KubeletConnections(options);
  const entries: [unknown, string, ActionHandler][] = [
    [Pod, "binding", new BindingHandler()],
    [Pod, "eviction", new EvictionHandler()],
    [Pod, "log", new PodLogHandler(kubelets)],
    [Pod, "exec", new PodStreamingHandler(kubelets, options.authorizer, locateExec)],
    [Pod, "attach", new PodStreamingHandler(kubelets, options.authorizer, locateAttach)],
    [Pod, "portforward", new PodStreamingHandler(kubelets, options.authorizer, locatePortForward)],
    [Pod, "proxy", new PodProxyHandler(options.dialer)],
    [Service, "proxy", new ServiceProxyHandler(options.dialer, options.endpoints)],
    [Node, "proxy", new NodeProxyHandler(kubelets, options.dialer)],
    [ServiceAccount, "token", new TokenHandler(options)],
  ];
  return new Map(entries.map(([kind, subresource, handler]) => [actionName(kind as AnyKind, subresource), handler]));
}
