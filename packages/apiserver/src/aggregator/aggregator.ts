import { newBadRequest, type ApiResponse, type Dialer, type ServedKinds } from "@dingi/apimachinery";
import type { Clock, Logger, Random } from "@dingi/base";
import type { Client } from "@dingi/client";
import type { StoreFeed } from "../cacher/store-feed.ts";
import type { Call } from "../request/call.ts";
import type { RequestInfo } from "../routing/request-info.ts";
import type { ServiceResolver } from "../webhook/service-resolver.ts";
import { AutoRegistration } from "./auto-registration.ts";
import { AvailabilityKeeper } from "./availability.ts";
import { Backends, type FrontProxyClient } from "./backends.ts";
import { forward } from "./forward.ts";
import { RemoteApis, type RemoteApi } from "./remote-apis.ts";
import { RemoteDiscovery } from "./remote-discovery.ts";
import { RemoteOpenApi } from "./remote-openapi.ts";

interface AggregatorOptions {
  readonly feed: StoreFeed;
  readonly clock: Clock;
  readonly random: Random;
  readonly dialer: Dialer;
  readonly resolve: ServiceResolver;
  readonly frontProxyClient?: (() => FrontProxyClient) | undefined;
}

interface AggregatorUpkeep {
  readonly kinds: ServedKinds;
  readonly client: Client;
  readonly logger: Logger;
}

/** APIs of other servers as a part of this one. Upstream: kube-aggregator/pkg/apiserver/apiserver.go */
export class Aggregator implements Disposable {
  readonly apis: RemoteApis;
  readonly discovery: RemoteDiscovery;
  readonly openApi: RemoteOpenApi;
  readonly #options: AggregatorOptions;
  readonly #backends: Backends;

  constructor(options: AggregatorOptions) {
    this.#options = options;
    this.#backends = new Backends(options);
    this.apis = new RemoteApis(options.feed);
    const own = { ...options, apis: this.apis, backends: this.#backends };
    this.discovery = new RemoteDiscovery(own);
    this.openApi = new RemoteOpenApi(own);
  }

  /** The other server's answer; undefined for what is served here. */
  route(call: Pick<Call, "request" | "info" | "user">): Promise<ApiResponse> | undefined {
    if (this.apis.all.size === 0) return undefined;
    const api = this.#apiOf(call);
    if (!api) return undefined;
    if (isAmbiguous(call.info))
      throw newBadRequest("The path of a request to another server must not hide slashes in its names");
    return forward(call, api, this.#backends);
  }

  /** Keeps APIServices as they should be, until the signal aborts. */
  async run(upkeep: AggregatorUpkeep, signal: AbortSignal): Promise<void> {
    const own = { ...this.#options, ...upkeep, apis: this.apis, backends: this.#backends };
    await Promise.all([
      new AvailabilityKeeper(own).run(signal),
      new AutoRegistration(own).run(signal),
      this.discovery.run(signal),
    ]);
  }

  [Symbol.dispose](): void {
    this.#backends[Symbol.dispose]();
  }

  /** By the names that the request was authorized by. */
  #apiOf({ info, request }: Pick<Call, "request" | "info">): RemoteApi | undefined {
    if (info.isResource) return this.apis.of(info.group, info.version);
    const [root, first = "", second = ""] = request.path.split("/").filter(Boolean);
    if (root === "api") return this.apis.of("", first);
    return root === "apis" ? this.apis.of(first, second) : undefined;
  }
}

/** The other server would find other names in the path than those by which this one has authorized it. */
function isAmbiguous(info: RequestInfo): boolean {
  if (!info.isResource) return false;
  const { namespace, resource, name, subresource } = info;
  return [namespace, resource, name, subresource].some((part) => part.includes("/") || part === "." || part === "..");
}
