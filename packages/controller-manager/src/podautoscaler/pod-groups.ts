import { getPodCondition, type V1Pod } from "@dingi/api";
import type { PodMetric, PodMetrics } from "./metrics-client.ts";

export interface ReadinessOptions {
  /** After its start a pod's CPU is not counted for so long unless it is ready. */
  readonly cpuInitializationMs: number;
  /** A pod that is unready for the first time within this is taken for one that never was ready. */
  readonly initialReadinessDelayMs: number;
}

/** What pods count for, by their names. */
export interface PodGroups {
  /** Whose measurements count. */
  readonly readyCount: number;
  readonly unready: ReadonlySet<string>;
  /** Of whom nothing was measured. */
  readonly missing: ReadonlySet<string>;
  /** On their way out, or failed. */
  readonly ignored: ReadonlySet<string>;
}

interface Grouping {
  readonly pods: readonly V1Pod[];
  readonly metrics: PodMetrics;
  /** Undefined for what is no resource. */
  readonly resource: string | undefined;
  readonly readiness: ReadinessOptions;
  readonly nowMs: number;
}

/** Upstream: pkg/controller/podautoscaler/replica_calculator.go#groupPods */
export function groupPods(grouping: Grouping): PodGroups {
  const groups = {
    ready: new Set<string>(),
    unready: new Set<string>(),
    missing: new Set<string>(),
    ignored: new Set<string>(),
  };
  for (const pod of grouping.pods) groups[groupOfPod(pod, grouping)].add(pod.metadata.name ?? "");
  const { ready, ...others } = groups;
  return { readyCount: ready.size, ...others };
}

function groupOfPod(
  pod: V1Pod,
  { metrics, resource, readiness, nowMs }: Grouping,
): "ready" | "unready" | "missing" | "ignored" {
  if (pod.metadata.deletionTimestamp !== undefined || pod.status.phase === "Failed") return "ignored";
  if (pod.status.phase === "Pending") return "unready";
  const metric = metrics.get(pod.metadata.name ?? "");
  if (!metric) return "missing";
  return resource === "cpu" && !isSettled(pod, metric, { ...readiness, nowMs }) ? "unready" : "ready";
}

/** What a pod takes while it starts tells nothing of what it will take. */
function isSettled(pod: V1Pod, metric: PodMetric, options: ReadinessOptions & { readonly nowMs: number }): boolean {
  const ready = getPodCondition(pod.status, "Ready");
  const startMs = Date.parse(pod.status.startTime ?? "");
  if (!ready || !Number.isFinite(startMs)) return false;
  const changedMs = Date.parse(ready.lastTransitionTime ?? "") || 0;
  const isUnready = ready.status === "False";
  if (startMs + options.cpuInitializationMs > options.nowMs)
    return !isUnready && metric.timestampMs >= changedMs + metric.windowMs;
  return !(isUnready && startMs + options.initialReadinessDelayMs > changedMs);
}
