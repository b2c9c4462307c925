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
  readonly current: V2MetricValueStatus | undefined;
}

function metricText(spec: V2MetricSpec, status: V2MetricStatus | undefined): string {
  switch (spec.type) {
    case "External":
      return spec.external ? valueText({ ...spec.external, current: status?.external?.current }) : "";
    case "Object":
      return spec.object ? valueText({ ...spec.object, current: status?.object?.current }) : "";
    case "Pods":
      return `${quantity(status?.pods?.current, "averageValue")}/${spec.pods?.target.averageValue ?? "0"}`;
    case "Resource":
      return spec.resource ? resourceText({ ...spec.resource, current: status?.resource?.current }) : "";
    case "ContainerResource":
      return spec.containerResource
        ? resourceText({ ...spec.containerResource, current: status?.containerResource?.current })
        : "";
    default:
      return "<unknown type>";
  }
}

/** What there is of a status counts as nothing; nothing is known without one. */
function quantity(current: V2MetricValueStatus | undefined, name: "value" | "averageValue"): string {
  return current ? (current[name] ?? "0") : UNKNOWN;
}

function valueText({ target, current }: Source): string {
  if (target.averageValue === undefined) return `${quantity(current, "value")}/${target.value ?? "0"}`;
  return `${current?.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`;
}

function resourceText({ name = "", target, current }: Source): string {
  if (target.averageValue !== undefined) return `${name}: ${quantity(current, "averageValue")}/${target.averageValue}`;
  const percent = (value: number | undefined, absent: string): string => (value === undefined ? absent : `${value}%`);
  return `${name}: ${percent(current?.averageUtilization, UNKNOWN)}/${percent(target.averageUtilization, "<auto>")}`;
}
