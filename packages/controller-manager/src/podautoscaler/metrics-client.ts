import type { V2CrossVersionObjectReference } from "@dingi/api";
import type { Selector } from "@dingi/apimachinery";

/** What was measured of one pod. */
export interface PodMetric {
  readonly timestampMs: number;
  /** Over which time it was measured. */
  readonly windowMs: number;
  /** In thousandths. */
  readonly value: bigint;
}

/** By the pods' names. */
export type PodMetrics = ReadonlyMap<string, PodMetric>;

export interface ResourceQuery {
  readonly resource: string;
  readonly namespace: string;
  readonly selector: Selector;
  /** Of all containers together when absent. */
  readonly container?: string | undefined;
}

export interface CustomQuery {
  readonly metric: string;
  readonly namespace: string;
  readonly metricSelector: Selector;
}

/** Where autoscalers learn what is measured. All values are in thousandths. Upstream: pkg/controller/podautoscaler/metrics/interfaces.go */
export interface MetricsClient {
  resourceMetric(query: ResourceQuery): Promise<PodMetrics>;
  podsMetric(query: CustomQuery & { readonly selector: Selector }): Promise<PodMetrics>;
  objectMetric(query: CustomQuery & { readonly object: V2CrossVersionObjectReference }): Promise<bigint>;
  externalMetric(query: CustomQuery): Promise<readonly bigint[]>;
}
