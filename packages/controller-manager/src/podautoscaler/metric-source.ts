import type { V1Pod, V2HorizontalPodAutoscaler, V2MetricSpec, V2MetricStatus } from "@dingi/api";
import { labelSelectorAsSelector, type Selector, type V1LabelSelector } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import type { MetricsClient } from "./metrics-client.ts";
import type { ReadinessOptions } from "./pod-groups.ts";
import type { Tolerances } from "./tolerances.ts";

/** Where a metric is looked for. */
export interface Place {
  readonly namespace: string;
  /** Which pods the target has. */
  readonly selector: Selector;
}

/** What a number of replicas is computed from beside the metric. */
export interface Situation {
  readonly pods: readonly V1Pod[];
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly tolerances: Tolerances;
  readonly readiness: ReadinessOptions;
  readonly nowMs: number;
}

export interface Proposal {
  readonly replicas: number;
  /** What events and conditions call the metric. */
  readonly metric: string;
  readonly status: V2MetricStatus;
}

/** Computes from what was read. Pure; throws where that is not possible. */
type Propose = (situation: Situation) => Proposal;

/** One metric of an autoscaler. */
export interface MetricSource {
  /** Of ScalingActive, and of the event, when there is no number. */
  readonly failedReason: string;
  /** Around what went wrong, for whoever reconciles. */
  frame(text: string): string;
  /** Throws what the metrics' server or the network throws. */
  read(client: MetricsClient): Promise<Propose>;
}

/** One kind of sources, by which a spec is understood. */
export type SourceOf = (spec: V2MetricSpec, place: Place) => MetricSource;

/** A metric that gave no number. */
export class MetricFailure extends Error {
  override name = "MetricFailure";
  readonly reason: string;
  /** What people are told. */
  readonly told: string;

  constructor({ failedReason, frame }: Pick<MetricSource, "failedReason" | "frame">, cause: unknown) {
    const failure =
      cause instanceof FramedFailure ? cause : { told: describeError(cause), framed: describeError(cause) };
    super(frame(failure.framed));
    this.reason = failedReason;
    this.told = failure.told;
  }
}

/** What went wrong, where people are told less of it than whoever reconciles. */
class FramedFailure extends Error {
  override name = "FramedFailure";
  readonly told: string;
  readonly framed: string;

  constructor(told: string, framed: string) {
    super(told);
    this.told = told;
    this.framed = framed;
  }
}

/** For a failure of which people are told without these words. */
export function framedBy(words: string): (error: unknown) => never {
  return (error) => {
    const text = describeError(error);
    throw new FramedFailure(text, `${words}: ${text}`);
  };
}

/** Puts words before whatever goes wrong. */
export async function saying<T>(words: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    throw new Error(words, { cause: error });
  }
}

/** Which of a metric's series are meant: without a selector none by name, which servers take for all. */
export function metricSelectorOf(selector: V1LabelSelector | undefined): Selector {
  return labelSelectorAsSelector(selector);
}

/** It can be scaled to nothing, as there is something to measure then. Upstream: pkg/controller/podautoscaler/horizontal.go#hasObjectOrExternalMetrics */
export function hasMetricWithoutPods({ spec }: V2HorizontalPodAutoscaler): boolean {
  return (spec.metrics ?? []).some(({ type }) => type === "Object" || type === "External");
}
