import type { V1Pod, V2HorizontalPodAutoscaler, V2MetricSpec } from "@dingi/api";
import { wireTime } from "@dingi/apimachinery";
import type { PodMetric, PodMetrics } from "./metrics-client.ts";

/** For tests of what autoscalers decide. */
export const NOW = Date.parse("2026-01-01T12:00:00Z");
const HOUR_MS = 3_600_000;

export interface PodWishes {
  readonly cpu?: string;
  readonly phase?: string;
  readonly ready?: "True" | "False";
  readonly startedMsAgo?: number;
  readonly changedMsAgo?: number;
  readonly isGoing?: boolean;
}

/** Pods that have been running for an hour, unless told otherwise. */
export function podsOf(...wishes: readonly PodWishes[]): V1Pod[] {
  return wishes.map(
    ({ cpu = "1", phase = "Running", ready = "True", startedMsAgo = HOUR_MS, changedMsAgo, isGoing }, index) => ({
      metadata: {
        namespace: "default",
        name: `pod-${index}`,
        labels: { app: "web" },
        ...(isGoing ? { deletionTimestamp: wireTime(NOW) } : {}),
      },
      spec: { containers: [{ name: "main", resources: { requests: { cpu } } }] },
      status: {
        phase,
        startTime: wireTime(NOW - startedMsAgo),
        conditions: [
          { type: "Ready", status: ready, lastTransitionTime: wireTime(NOW - (changedMsAgo ?? startedMsAgo)) },
        ],
      },
    }),
  );
}

/** Of the pods above, in their order; undefined for those of which nothing is known. */
export function metricsOf(...values: readonly (number | undefined)[]): PodMetrics {
  return new Map(
    values.flatMap((value, index): [string, PodMetric][] =>
      value === undefined ? [] : [[`pod-${index}`, { timestampMs: NOW, windowMs: 60_000, value: BigInt(value) }]],
    ),
  );
}

export const cpuUtilization = (averageUtilization: number): V2MetricSpec => ({
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
});

export const externalMetric: V2MetricSpec = {
  type: "External",
  external: { metric: { name: "queue" }, target: { type: "AverageValue", averageValue: "10" } },
};

export function autoscaler(
  spec: Partial<V2HorizontalPodAutoscaler["spec"]> = {},
  conditions: V2HorizontalPodAutoscaler["status"]["conditions"] = [],
): V2HorizontalPodAutoscaler {
  return {
    metadata: { namespace: "default", name: "web", generation: 1 },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [cpuUtilization(50)],
      ...spec,
    },
    status: { desiredReplicas: 0, currentMetrics: [], conditions },
  };
}
