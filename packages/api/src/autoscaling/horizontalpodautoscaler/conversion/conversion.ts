import { canonicalize, goValue, type Draft } from "@dingi/apimachinery";
import { cpuUtilization } from "../cpu-utilization.ts";
import {
  V1HorizontalPodAutoscaler,
  V2HorizontalPodAutoscaler,
  V2HorizontalPodAutoscalerBehavior,
  V2HorizontalPodAutoscalerCondition,
  type V2MetricSpec,
  type V2MetricStatus,
} from "../horizontalpodautoscaler.gen.ts";
import {
  BEHAVIOR,
  CONDITIONS,
  CURRENT_METRICS,
  goJson,
  METRICS,
  readAs,
  readList,
  withoutOlderFields,
  writeList,
} from "./annotations.ts";
import { sourceFromV1, sourceToV1 } from "./sources.ts";
import { statusFromV1, statusToV1 } from "./statuses.ts";
import { V1MetricSpec, V1MetricStatus } from "./v1-metrics.ts";

/** Upstream: pkg/apis/autoscaling/v1/conversion.go#Convert_v1_HorizontalPodAutoscaler_To_autoscaling_HorizontalPodAutoscaler */
export function fromV1(autoscaler: V1HorizontalPodAutoscaler): Draft<V2HorizontalPodAutoscaler> {
  const { metadata, spec, status, ...same } = autoscaler;
  const { targetCPUUtilizationPercentage: target, ...commonSpec } = spec;
  const { currentCPUUtilizationPercentage: current, ...commonStatus } = status;
  const annotations = metadata.annotations ?? {};
  const metrics = [
    ...(readList<V1MetricSpec>(annotations[METRICS], V1MetricSpec) ?? []).map(sourceFromV1),
    ...(target === undefined ? [] : [cpuUtilization(target)]),
  ];
  const statuses = readList<V1MetricStatus>(annotations[CURRENT_METRICS], V1MetricStatus)?.map(statusFromV1);
  const hub = {
    ...same,
    apiVersion: undefined,
    metadata: { ...metadata, annotations: withoutOlderFields(annotations) },
    spec: {
      ...commonSpec,
      metrics,
      behavior: readBehavior(annotations[BEHAVIOR]),
    },
    status: {
      ...commonStatus,
      currentMetrics: statuses ?? (current === undefined ? null : [cpuStatus(current)]),
      conditions: readList(annotations[CONDITIONS], V2HorizontalPodAutoscalerCondition),
    },
  };
  return canonicalize(V2HorizontalPodAutoscaler, hub) as Draft<V2HorizontalPodAutoscaler>;
}

function cpuStatus(averageUtilization: number): V2MetricStatus {
  return { type: "Resource", resource: { name: "cpu", current: { averageUtilization } } };
}

/** Written as upstream's own type is, whose names begin with capitals; read with either letter. */
function readBehavior(text: string | undefined): V2HorizontalPodAutoscalerBehavior | undefined {
  const read = readAs<{ readonly behavior?: V2HorizontalPodAutoscalerBehavior | null }>(
    text,
    (value) => ({ behavior: withSmallNames(value, BEHAVIOR_DEPTH) }),
    { behavior: V2HorizontalPodAutoscalerBehavior },
  );
  const { behavior } = read ?? {};
  return behavior?.scaleUp || behavior?.scaleDown ? behavior : undefined;
}

/** Behavior, rules, list of policies, policy. */
const BEHAVIOR_DEPTH = 4;

function withSmallNames(value: unknown, depth: number): unknown {
  if (depth === 0 || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => withSmallNames(item, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name.charAt(0).toLowerCase() + name.slice(1),
      withSmallNames(inner, depth - 1),
    ]),
  );
}

/** Upstream: …#Convert_autoscaling_HorizontalPodAutoscaler_To_v1_HorizontalPodAutoscaler */
export function toV1(autoscaler: V2HorizontalPodAutoscaler): V1HorizontalPodAutoscaler {
  const { metadata, spec, status, ...same } = autoscaler;
  const { metrics, behavior: _behavior, ...commonSpec } = spec;
  const { currentMetrics, conditions: _conditions, ...commonStatus } = status;
  const shape = {
    ...same,
    apiVersion: undefined,
    metadata: {
      ...metadata,
      annotations: { ...withoutOlderFields(metadata.annotations ?? {}), ...fields(autoscaler) },
    },
    spec: {
      ...commonSpec,
      targetCPUUtilizationPercentage: metrics?.find(isCpuUtilization)?.resource?.target.averageUtilization,
    },
    status: { ...commonStatus, currentCPUUtilizationPercentage: cpuUtilizationOf(currentMetrics ?? []) },
  };
  return canonicalize(V1HorizontalPodAutoscaler, shape) as V1HorizontalPodAutoscaler;
}

/** What has a field of its own in the older version. */
const isCpuUtilization = ({ type, resource }: V2MetricSpec): boolean =>
  type === "Resource" && resource?.name === "cpu" && resource.target.averageUtilization !== undefined;

function cpuUtilizationOf(statuses: readonly V2MetricStatus[]): number | undefined {
  return statuses
    .filter(({ type, resource }) => type === "Resource" && resource?.name === "cpu")
    .findLast(({ resource }) => resource?.current.averageUtilization !== undefined)?.resource?.current
    .averageUtilization;
}

/** What has none, as annotations. */
function fields({ spec, status }: V2HorizontalPodAutoscaler): Record<string, string> {
  const metrics = (spec.metrics ?? []).filter((metric) => !isCpuUtilization(metric)).map(sourceToV1);
  const statuses = (status.currentMetrics ?? []).map(statusToV1);
  const conditions = status.conditions ?? [];
  return {
    ...(metrics.length > 0 ? { [METRICS]: writeList(metrics, V1MetricSpec) } : {}),
    ...(statuses.length > 0 ? { [CURRENT_METRICS]: writeList(statuses, V1MetricStatus) } : {}),
    ...(spec.behavior ? { [BEHAVIOR]: goJson(goValue(V2HorizontalPodAutoscalerBehavior, { ...spec.behavior })) } : {}),
    ...(conditions.length > 0 ? { [CONDITIONS]: writeList(conditions, V2HorizontalPodAutoscalerCondition) } : {}),
  };
}
