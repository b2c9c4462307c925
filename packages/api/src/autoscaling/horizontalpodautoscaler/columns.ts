import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type {
  V2HorizontalPodAutoscaler,
  V2MetricSpec,
  V2MetricStatus,
  V2MetricTarget,
  V2MetricValueStatus,
} from "./horizontalpodautoscaler.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printHorizontalPodAutoscaler */
export const columns: readonly Column<V2HorizontalPodAutoscaler>[] = [
  nameColumn,
  {
    name: "Reference",
    type: "string",
    value: ({ spec: { scaleTargetRef } }) => `${scaleTargetRef.kind}/${scaleTargetRef.name}`,
  },
  { name: "Targets", type: "string", value: targetsText },
  { name: "MinPods", type: "string", value: ({ spec }) => String(spec.minReplicas ?? "<unset>") },
  { name: "MaxPods", type: "string", value: ({ spec }) => spec.maxReplicas },
  { name: "Replicas", type: "string", value: ({ status }) => status.currentReplicas ?? 0 },
  ageColumn,
];

const SHOWN = 2;

function targetsText({ spec, status }: V2HorizontalPodAutoscaler): string {
  const metrics = spec.metrics ?? [];
  if (metrics.length === 0) return "<none>";
  const shown = metrics.slice(0, SHOWN).map((metric, i) => metricText(metric, status.currentMetrics?.[i]));
  const more = metrics.length - shown.length;
  return more > 0 ? `${shown.join(", ")} + ${more} more...` : shown.join(", ");
}

const UNKNOWN = "<unknown>";

interface Source {
  readonly target: V2MetricTarget;
  /** The resource, of which there are only so many. */
  readonly name?: string;
}

interface SourceStatus {
  readonly current: V2MetricValueStatus;
}

function metricText(spec: V2MetricSpec, status: Partial<V2MetricStatus> = {}): string {
  switch (spec.type) {
    case "External":
      return valueText(spec.external, status.external);
    case "Object":
      return valueText(spec.object, status.object);
    case "Pods":
      return podsText(spec.pods, status.pods);
    case "Resource":
      return resourceText(spec.resource, status.resource);
    case "ContainerResource":
      return resourceText(spec.containerResource, status.containerResource);
    default:
      return "<unknown type>";
  }
}

/** What there is of a status counts as nothing; nothing is known without one. */
function quantity(status: SourceStatus | undefined, name: "value" | "averageValue"): string {
  return status ? (status.current[name] ?? "0") : UNKNOWN;
}

function podsText(source: Source | undefined, status: SourceStatus | undefined): string {
  return `${quantity(status, "averageValue")}/${source?.target.averageValue ?? "0"}`;
}

function valueText(source: Source | undefined, status: SourceStatus | undefined): string {
  if (!source) return "";
  const { target } = source;
  if (target.averageValue === undefined) return `${quantity(status, "value")}/${target.value ?? "0"}`;
  return `${status?.current.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`;
}

function resourceText(source: Source | undefined, status: SourceStatus | undefined): string {
  if (!source) return "";
  const { name = "", target } = source;
  if (target.averageValue !== undefined) return `${name}: ${quantity(status, "averageValue")}/${target.averageValue}`;
  const percent = (value: number | undefined, absent: string): string => (value === undefined ? absent : `${value}%`);
  return `${name}: ${percent(status?.current.averageUtilization, UNKNOWN)}/${percent(target.averageUtilization, "<auto>")}`;
}
