import { Node, Pod, type V1Node, type V1Pod } from "@dingi/api";
import { newNotFound, wireTime, type AnyKind, type KubeObject, type ObjectKey } from "@dingi/apimachinery";
import type { Clock, Logger } from "@dingi/base";
import type { StoreFeed } from "../cacher/store-feed.ts";
import type { ComputedObjects } from "../endpoints/computed.ts";
import { NodeMetrics, PodMetrics } from "./kinds.ts";
import { Measurements } from "./measurements.ts";
import type { NodePoints } from "./parse-metrics.ts";
import { measuredAt, usageList, usageOf, type Points, type Usage } from "./usage.ts";

const GROUP = "metrics.k8s.io";

interface ResourceMetricsOptions {
  readonly feed: StoreFeed;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends all of it. */
  readonly stop: AbortSignal;
  /** What a node's kubelet tells now. */
  readonly readNode: (nodeName: string, signal: AbortSignal) => Promise<NodePoints>;
}

/** The API's objects, worked out from what was last measured. As in metrics-server, pkg/api */
export function resourceMetrics(options: ResourceMetricsOptions): readonly [AnyKind, ComputedObjects][] {
  const measurements = new Measurements({ ...options, nodes: () => namesOf(options.feed) });
  return [
    [NodeMetrics as unknown as AnyKind, new NodesMetrics(options, measurements)],
    [PodMetrics as unknown as AnyKind, new PodsMetrics(options, measurements)],
  ];
}

function namesOf(feed: StoreFeed): string[] {
  return objectsOf<V1Node>(feed, Node, "").map(({ metadata }) => metadata.name ?? "");
}

function objectsOf<T extends KubeObject>(feed: StoreFeed, kind: unknown, prefix: string): T[] {
  return [
    ...feed
      .cache(kind as AnyKind)
      .snapshot()
      .values({ prefix }),
  ].map(({ object }) => object as T);
}

function metadataOf({ metadata: { name, namespace, labels } }: KubeObject, clock: Clock): KubeObject["metadata"] {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    creationTimestamp: wireTime(clock.now()),
    ...(labels ? { labels } : {}),
  };
}

class NodesMetrics implements ComputedObjects {
  readonly #options: ResourceMetricsOptions;
  readonly #measurements: Measurements;

  constructor(options: ResourceMetricsOptions, measurements: Measurements) {
    this.#options = options;
    this.#measurements = measurements;
  }

  async list(): Promise<readonly NodeMetrics[]> {
    await this.#measurements.current();
    return objectsOf<V1Node>(this.#options.feed, Node, "").flatMap((node) => this.#of(node) ?? []);
  }

  async get({ name }: ObjectKey): Promise<NodeMetrics> {
    const node = this.#options.feed.cache(Node as never).get(name)?.object as V1Node | undefined;
    if (!node) throw newNotFound({ group: "", resource: "nodes" }, name);
    await this.#measurements.current();
    const found = this.#of(node);
    if (!found) throw newNotFound({ group: GROUP, resource: "nodemetrics" }, name);
    return found;
  }

  #of(node: V1Node): NodeMetrics | undefined {
    const points = this.#measurements.node(node.metadata.name ?? "");
    const usage = points && usageOf(points);
    if (!usage) return undefined;
    return { metadata: metadataOf(node, this.#options.clock), ...measuredAt(usage), usage: usageList(usage) };
  }
}

class PodsMetrics implements ComputedObjects {
  readonly #options: ResourceMetricsOptions;
  readonly #measurements: Measurements;

  constructor(options: ResourceMetricsOptions, measurements: Measurements) {
    this.#options = options;
    this.#measurements = measurements;
  }

  async list(namespace: string): Promise<readonly PodMetrics[]> {
    await this.#measurements.current();
    const prefix = namespace === "" ? "" : `${namespace}/`;
    return objectsOf<V1Pod>(this.#options.feed, Pod, prefix).flatMap((pod) => this.#of(pod) ?? []);
  }

  async get({ namespace, name }: ObjectKey): Promise<PodMetrics> {
    const pod = this.#options.feed.cache(Pod as never).get(`${namespace}/${name}`)?.object as V1Pod | undefined;
    if (!pod) throw newNotFound({ group: "", resource: "pods" }, name);
    await this.#measurements.current();
    const found = this.#of(pod);
    if (!found) throw newNotFound({ group: GROUP, resource: "podmetrics" }, `${namespace}/${name}`);
    return found;
  }

  #of(pod: V1Pod): PodMetrics | undefined {
    const { namespace = "", name = "" } = pod.metadata;
    const usages = usagesOf(this.#measurements.pod(`${namespace}/${name}`));
    if (!usages) return undefined;
    // What was measured first says how old the whole is.
    const oldest = usages.reduce((one, other) => (other[1].timeMs < one[1].timeMs ? other : one))[1];
    const containers = usages.map(([container, usage]) => ({ name: container, usage: usageList(usage) }));
    return { metadata: metadataOf(pod, this.#options.clock), ...measuredAt(oldest), containers };
  }
}

/** Undefined unless it is known of all containers. */
function usagesOf(containers: ReadonlyMap<string, Points> | undefined): (readonly [string, Usage])[] | undefined {
  const usages = [...(containers ?? [])].map(([name, points]) => [name, usageOf(points)] as const);
  const isWhole = usages.length > 0 && usages.every(([, usage]) => usage);
  return isWhole ? (usages as (readonly [string, Usage])[]) : undefined;
}
