import type { ApiRequest } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import type { Counter, Gauge, Histogram, MetricsRegistry } from "@dingi/component-base";
import type { StoreFeed } from "../cacher/store-feed.ts";
import { respondText } from "../negotiation/respond.ts";
import type { NonResourceRouter } from "../routing/non-resource-router.ts";
import type { RequestInfo } from "../routing/request-info.ts";
import type { RequestMeasurement, RequestMetrics } from "./request-metrics.ts";

const DURATION_BUCKETS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];

/** Upstream's names for what is measured here. Upstream: apiserver/pkg/endpoints/metrics/metrics.go */
export class ApiServerMetrics implements RequestMetrics {
  readonly #clock: Clock;
  readonly #registry: MetricsRegistry;
  readonly #total: Counter;
  readonly #duration: Histogram;
  readonly #inFlight: Gauge;

  /** @param registry Shows the process already. */
  constructor({ clock, feed, registry }: { clock: Clock; feed: StoreFeed; registry: MetricsRegistry }) {
    this.#clock = clock;
    this.#registry = registry;
    this.#total = registry.counter<string>({
      name: "apiserver_request_total",
      help: "Requests by verb, resource and status",
      labels: ["verb", "group", "version", "resource", "subresource", "scope", "code"],
    });
    this.#duration = registry.histogram<string>({
      name: "apiserver_request_duration_seconds",
      help: "Seconds from a request to its response, watches left out",
      labels: ["verb", "group", "version", "resource", "subresource", "scope"],
      buckets: DURATION_BUCKETS,
    });
    this.#inFlight = registry.gauge<string>({
      name: "apiserver_current_inflight_requests",
      help: "Requests being answered",
      labels: ["request_kind"],
    });
    registry.gauge<string>({
      name: "apiserver_longrunning_requests",
      help: "Open watches by resource",
      labels: ["verb", "resource"],
      collect: (watchers) => {
        for (const cache of feed.caches)
          watchers.set({ verb: "WATCH", resource: cache.kind.plural }, cache.watcherCount);
      },
    });
    registry.gauge<string>({
      name: "apiserver_resource_objects",
      help: "Stored objects by resource",
      labels: ["group", "resource"],
      collect: (objects) => {
        for (const cache of feed.caches)
          objects.set({ group: cache.kind.group, resource: cache.kind.plural }, cache.snapshot().size);
      },
    });
  }

  mount(router: NonResourceRouter): void {
    router.add("/metrics", {
      handle: async () => {
        const { body, contentType } = await this.#registry.scrape();
        return respondText(200, body, { "content-type": contentType });
      },
    });
  }

  begin(request: ApiRequest): RequestMeasurement {
    const kind = request.method === "GET" || request.method === "HEAD" ? "readOnly" : "mutating";
    const startMs = this.#clock.monotonic();
    const labels = { verb: request.method, group: "", version: "", resource: "", subresource: "", scope: "" };
    this.#inFlight.inc({ request_kind: kind });
    return {
      describe: (info: RequestInfo) => {
        if (!info.isResource) return;
        const { verb, group, version, resource, subresource } = info;
        const scope = info.name !== "" ? "resource" : info.namespace !== "" ? "namespace" : "cluster";
        Object.assign(labels, {
          verb: VERBS[verb] ?? verb.toUpperCase(),
          group,
          version,
          resource,
          subresource,
          scope,
        });
      },
      end: (status) => {
        this.#total.inc({ ...labels, code: String(status) });
        if (labels.verb !== "WATCH") this.#duration.observe(labels, (this.#clock.monotonic() - startMs) / 1000);
      },
      [Symbol.dispose]: () => this.#inFlight.dec({ request_kind: kind }),
    };
  }
}

const VERBS: Readonly<Record<string, string>> = {
  create: "POST",
  update: "PUT",
  get: "GET",
  list: "LIST",
  watch: "WATCH",
  patch: "PATCH",
  delete: "DELETE",
  deletecollection: "DELETECOLLECTION",
};
