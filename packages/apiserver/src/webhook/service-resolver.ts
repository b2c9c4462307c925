import { Service, type V1Service } from "@dingi/api";
import { newNotFound, newServiceUnavailable } from "@dingi/apimachinery";
import type { StoreFeed } from "../cacher/store-feed.ts";
import type { ServiceEndpoints } from "../proxy/service-endpoints.ts";
import type { ServicePort } from "./webhook-config.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where a Service is reached from here, at this moment. Throws StatusError. */
export type ServiceResolver = (service: ServicePort) => Address;

/**
 * One of a Service's ready endpoints, another for each call; the name that one of type ExternalName stands for.
 * Differs: upstream takes the cluster IP unless told by --enable-aggregator-routing, and its own routing knows no names.
 * This server's machine need not have a service proxy.
 *
 * Upstream: apiserver/pkg/util/proxy/proxy.go#ResolveEndpoint, …#ResolveCluster
 */
export function serviceResolver(feed: StoreFeed, endpoints: ServiceEndpoints): ServiceResolver {
  const services = feed.cache(Service);
  return ({ namespace, name, port }) => {
    const service = services.get(`${namespace}/${name}`)?.object as V1Service | undefined;
    if (!service) throw newNotFound({ group: "", resource: "service" }, name);
    const { externalName, type } = service.spec;
    if (type === "ExternalName") return { host: externalName ?? "", port };
    const endpoint = endpoints.pick({ namespace, name }, portName(service, port));
    if (!endpoint) throw newServiceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
    return endpoint;
  };
}

function portName({ metadata, spec }: V1Service, port: number): string {
  const found = spec.ports?.find((candidate) => candidate.port === port);
  if (found) return found.name ?? "";
  throw newServiceUnavailable(`no service port ${port} found for service ${JSON.stringify(metadata.name)}`);
}
