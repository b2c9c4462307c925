import type { ApiRequest } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import type { CounterChild, CounterVec, HistogramChild, HistogramVec, MetricsRegistry } from "@dingi/component-base";
import type { StoreFeed } from "../cacher/store-feed.ts";
import { respondText } from "../negotiation/respond.ts";
import type { NonResourceRouter } from "../routing/non-resource-router.ts";
import { isLongRunning } from "../request/long-running.ts";
import type { RequestInfo } from "../routing/request-info.ts";
import type { RequestMeasurement, RequestMetrics } from "./request-metrics.ts";

const DURATION_BUCKETS = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];

const UNSERVED: ReadonlySet<number> = new Set([401, 403, 404]);
/** Bounds what paths can name that somebody serves, in combinations with verbs and scopes. */
const MAX_SERIES = 4096;

/** Upstream's names for what is measured here. Upstream: apiserver/pkg/endpoints/metrics/metrics.go */
export class ApiServerMetrics implements RequestMetrics {
  readonly #clock: Clock;
  readonly #registry: MetricsRegistry;
  readonly #total: CounterVec;
  readonly #duration: HistogramVec;
  readonly #series = new Map<string, RequestSeries>();
  readonly #inFlight = { readOnly: 0, mutating: 0 };

  /** @param registry Shows the process already. */
  constructor({ clock, feed, registry }: { clock: Clock; feed: StoreFeed; registry: MetricsRegistry }) {
    this.#clock = clock;
    this.#registry = registry;
    this.#total = registry.counterVec({
      name: "apiserver_request_total",
      help: "Requests by verb, resource and status",
    });
    this.#duration = registry.histogramVec({
      name: "apiserver_request_duration_seconds",
      help: "Seconds from a request to its response, watches left out",
      buckets: DURATION_BUCKETS,
    });
    registry.gauge<string>({
      name: "apiserver_current_inflight_requests",
      help: "Requests being answered",
      labels: ["request_kind"],
      collect: (requests) => {
        for (const [kind, count] of Object.entries(this.#inFlight)) requests.set({ request_kind: kind }, count);
      },
    });
    registry.gauge<string>({
      name: "apiserver_longrunning_requests",
      help: "Open watches by resource",
      labels: ["verb", "resource"],
      collect: (watchers) => {
        watchers.reset();
        for (const cache of feed.caches)
          watchers.set({ verb: "WATCH", resource: cache.kind.plural }, cache.watcherCount);
      },
    });
    registry.gauge<string>({
      name: "apiserver_resource_objects",
      help: "Stored objects by resource",
      labels: ["group", "resource"],
      collect: (objects) => {
        objects.reset();
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
    let about: RequestInfo | undefined;
    this.#inFlight[kind]++;
    return {
      describe: (info) => (about = info),
      end: (status) => this.#seriesOf(request, about, status).count(status, this.#clock.monotonic() - startMs),
      [Symbol.dispose]: () => this.#inFlight[kind]--,
    };
  }

  /** What is refused or not there begins no series: anybody can name what nobody serves. */
  #seriesOf(request: ApiRequest, info: RequestInfo | undefined, status: number): RequestSeries {
    const labels = labelsOf(request, info);
    const { verb, group, version, resource, subresource, scope } = labels;
    const key = `${verb} ${group} ${version} ${resource} ${subresource} ${scope}`;
    let series = this.#series.get(key);
    const unserved = UNSERVED.has(status) || this.#series.size >= MAX_SERIES;
    if (!series && info && unserved) return this.#seriesOf(request, undefined, status);
    if (!series) this.#series.set(key, (series = new RequestSeries(labels, this.#total, this.#duration)));
    return series;
  }
}

/** The counters of one kind of request. */
class RequestSeries {
  readonly #labels: RequestLabels;
  readonly #total: CounterVec;
  readonly #byStatus = new Map<number, CounterChild>();
  /** Absent for watches, which last as long as their clients like. */
  readonly #duration: HistogramChild | undefined;

  constructor(labels: RequestLabels, total: CounterVec, duration: HistogramVec) {
    this.#labels = labels;
    this.#total = total;
    this.#duration = labels.verb === "WATCH" ? undefined : duration.with(labels);
  }

  count(status: number, tookMs: number): void {
    let counter = this.#byStatus.get(status);
    if (!counter) this.#byStatus.set(status, (counter = this.#total.with({ ...this.#labels, code: String(status) })));
    counter.inc();
    this.#duration?.observe(tookMs / 1000);
  }
}

type RequestLabels = Readonly<Record<"verb" | "group" | "version" | "resource" | "subresource" | "scope", string>>;

function labelsOf(request: ApiRequest, info: RequestInfo | undefined): RequestLabels {
  if (!info?.isResource)
    return {
      verb: info && isLongRunning({ info, request }) ? "WATCH" : METHODS.has(request.method) ? request.method : "OTHER",
      group: "",
      version: "",
      resource: "",
      subresource: "",
      scope: "",
    };
  const { verb, group, version, resource, subresource } = info;
  const scope = info.name !== "" ? "resource" : info.namespace !== "" ? "namespace" : "cluster";
  return { verb: VERBS[verb] ?? verb.toUpperCase(), group, version, resource, subresource, scope };
}

/** Others are counted together: a client must not be able to make series. */
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

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
