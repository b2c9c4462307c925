import type { V2CrossVersionObjectReference } from "@dingi/api";
import { groupOf, quantityMilli, StatusError, parseDuration, type Selector } from "@dingi/apimachinery";
import { own } from "@dingi/base";
import { apiVersionOfResource, type Client, type RestMapper } from "@dingi/client";
import type { CustomQuery, MetricsClient, PodMetric, PodMetrics, ResourceQuery } from "./metrics-client.ts";

interface RestMetricsOptions {
  readonly client: Client;
  /** What is served. */
  readonly kinds: RestMapper;
  readonly signal: AbortSignal;
}

/** As nobody says over which time a custom metric was measured. */
const DEFAULT_WINDOW_MS = 60_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const CUSTOM = "custom.metrics.k8s.io";

interface ListOf<T> {
  readonly items?: readonly T[] | null;
}

interface PodMetricsItem {
  readonly metadata?: { readonly name?: string };
  readonly timestamp?: string;
  readonly window?: string;
  readonly containers?: readonly { readonly name?: string; readonly usage?: Readonly<Record<string, string>> }[] | null;
}

interface CustomMetricItem {
  readonly describedObject?: { readonly name?: string };
  readonly timestamp?: string;
  readonly windowSeconds?: number | null;
  /** As version v1beta1 calls it. */
  readonly window?: number | null;
  readonly value?: string;
}

/** Metrics by the API, from whichever server is registered for them. Upstream: pkg/controller/podautoscaler/metrics/client.go */
export class RestMetricsClient implements MetricsClient {
  readonly #options: RestMetricsOptions;

  constructor(options: RestMetricsOptions) {
    this.#options = options;
  }

  async resourceMetric({ resource, namespace, selector, container }: ResourceQuery): Promise<PodMetrics> {
    const items = await this.#items<PodMetricsItem>("resource", {
      path: `/apis/metrics.k8s.io/v1beta1/namespaces/${segment(namespace)}/pods`,
      resource: "pods.metrics.k8s.io",
      selectors: { labelSelector: selector },
    });
    return new Map(
      items.flatMap((item) => {
        const value = container === undefined ? sumOf(item, resource) : ofContainer(item, resource, container);
        if (value === undefined) return [];
        return [[item.metadata?.name ?? "", dated(item.timestamp, parseDuration(item.window ?? "0s"), value)]];
      }),
    );
  }

  async podsMetric({ metric, namespace, selector, metricSelector }: CustomQuery & { readonly selector: Selector }) {
    const items = await this.#custom({
      place: `namespaces/${segment(namespace)}/pods/*/${segment(metric)}`,
      resource: "pods",
      selectors: { labelSelector: selector, metricLabelSelector: metricSelector },
    });
    return new Map(
      items.map((item) => {
        const seconds = item.windowSeconds ?? item.window;
        const windowMs = typeof seconds === "number" ? seconds * 1000 : DEFAULT_WINDOW_MS;
        return [item.describedObject?.name ?? "", dated(item.timestamp, windowMs, quantityMilli(item.value ?? "0"))];
      }),
    );
  }

  async objectMetric({
    metric,
    namespace,
    object,
    metricSelector,
  }: CustomQuery & { readonly object: V2CrossVersionObjectReference }): Promise<bigint> {
    const isNamespace = object.kind === "Namespace" && groupOf(object.apiVersion ?? "") === "";
    const resource = isNamespace ? "metrics" : this.#resourceOf(object);
    // An autoscaler sees no other namespace than its own, whatever it names.
    const name = isNamespace ? "" : `/${segment(object.name)}`;
    const items = await this.#custom({
      place: `namespaces/${segment(namespace)}/${resource}${name}/${segment(metric)}`,
      resource,
      selectors: { metricLabelSelector: metricSelector },
      isOne: true,
    });
    return quantityMilli(items[0]?.value ?? "0");
  }

  async externalMetric({ metric, namespace, metricSelector }: CustomQuery): Promise<readonly bigint[]> {
    const items = await this.#items<{ readonly value?: string }>("external", {
      path: `/apis/external.metrics.k8s.io/v1beta1/namespaces/${segment(namespace)}/${segment(metric)}`,
      resource: `${metric}.external.metrics.k8s.io`,
      selectors: { labelSelector: metricSelector },
    });
    return items.map(({ value }) => quantityMilli(value ?? "0"));
  }

  async #custom(query: Omit<Query, "path"> & { readonly place: string }): Promise<readonly CustomMetricItem[]> {
    const { place, resource, ...rest } = query;
    return await this.#items<CustomMetricItem>("custom", {
      ...rest,
      resource: `${resource}.${CUSTOM}`,
      path: () => `/apis/${CUSTOM}/${this.#customVersion()}/${place}`,
    });
  }

  /** Throws for an empty list, too. */
  async #items<T>(api: "resource" | "custom" | "external", query: Query): Promise<readonly T[]> {
    let items: readonly T[];
    try {
      items = (await this.#fetch<ListOf<T>>(query)).items ?? [];
      if (query.isOne && items.length !== 1)
        throw new Error(`the custom metrics API server returned ${items.length} results when we asked for exactly one`);
    } catch (error) {
      throw new Error(`unable to fetch metrics from ${api} metrics API`, { cause: error });
    }
    if (items.length === 0) throw new Error(`no metrics returned from ${api} metrics API`);
    return items;
  }

  /** The newest version that we know of those that are served. Upstream: metrics/pkg/client/custom_metrics/discovery.go */
  #customVersion(): string {
    const versions = this.#options.kinds.apiVersions.filter((apiVersion) => groupOf(apiVersion) === CUSTOM);
    if (versions.length === 0) throw new Error(`no custom metrics API (${CUSTOM}) registered`);
    const version = versions.map((one) => one.slice(CUSTOM.length + 1)).find((one) => KNOWN_VERSIONS.includes(one));
    if (version === undefined) throw new Error("no known available metric versions found");
    return version;
  }

  #resourceOf({ apiVersion = "", kind }: V2CrossVersionObjectReference): string {
    const group = groupOf(apiVersion);
    const { resources } = this.#options.kinds;
    const found = resources.find((one) => one.kind === kind && groupOf(apiVersionOfResource(one)) === group);
    if (!found) {
      const qualified = group === "" ? kind : `${kind}.${group}`;
      throw new Error(`unable to map kind ${qualified} to resource: no matches for kind "${kind}" in group "${group}"`);
    }
    return group === "" ? found.plural : `${found.plural}.${group}`;
  }

  async #fetch<T>({ path, resource, selectors }: Query): Promise<T> {
    const { client, signal } = this.#options;
    const query = new URLSearchParams();
    for (const [name, selector] of Object.entries(selectors)) {
      const text = selector.toString();
      if (text !== "") query.set(name, text);
    }
    const where = typeof path === "string" ? path : path();
    try {
      await using answer = await client.stream({ method: "GET", path: where, query, signal });
      return JSON.parse(await textOf(answer.body)) as T;
    } catch (error) {
      throw named(error, resource);
    }
  }
}

interface Query {
  readonly path: string | (() => string);
  /** As failures name it: "pods.metrics.k8s.io". */
  readonly resource: string;
  readonly selectors: Readonly<Record<string, Selector>>;
  readonly isOne?: boolean;
}

const KNOWN_VERSIONS: readonly string[] = ["v1beta2", "v1beta1"];

const segment = (text: string): string => encodeURIComponent(text);

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`The answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** What an answer that is no Status means. Upstream: apimachinery/pkg/api/errors/errors.go#NewGenericServerResponse */
const MEANINGS: Readonly<Record<string, string>> = {
  404: "the server could not find the requested resource",
  503: "the server is currently unable to handle the request",
};

function named(error: unknown, resource: string): unknown {
  const isBare = error instanceof StatusError && error.status.details === undefined;
  const meaning = isBare ? own(MEANINGS, String(error.code)) : undefined;
  return meaning === undefined ? error : new Error(`${meaning} (get ${resource})`);
}

function dated(timestamp: string | undefined, windowMs: number, value: bigint): PodMetric {
  return { timestampMs: Date.parse(timestamp ?? "") || 0, windowMs, value };
}

/** Undefined unless it is known of all containers. Upstream: pkg/controller/podautoscaler/metrics/client.go#getPodMetrics */
function sumOf({ containers }: PodMetricsItem, resource: string): bigint | undefined {
  const usages = (containers ?? []).map(({ usage }) => own(usage ?? {}, resource));
  if (usages.length === 0 || usages.includes(undefined)) return undefined;
  return usages.reduce((sum, usage) => sum + quantityMilli(usage!), 0n);
}

function ofContainer({ containers }: PodMetricsItem, resource: string, name: string): bigint | undefined {
  const usage = own(containers?.find((container) => container.name === name)?.usage ?? {}, resource);
  return usage === undefined ? undefined : quantityMilli(usage);
}
