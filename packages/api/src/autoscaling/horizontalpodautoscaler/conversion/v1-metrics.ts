import { s, V1LabelSelector, type Schema } from "@dingi/apimachinery";
import { V1CrossVersionObjectReference } from "../horizontalpodautoscaler.gen.ts";

/**
 * Metrics as the older version writes them, which it does in annotations only; so no schema of a served type leads here.
 * Upstream: api/autoscaling/v1/types.go
 */
export interface V1MetricSpec {
  readonly type: string;
  readonly object?: V1ObjectMetricSource | undefined;
  readonly pods?: V1PodsMetricSource | undefined;
  readonly resource?: V1ResourceMetricSource | undefined;
  readonly containerResource?: (V1ResourceMetricSource & { readonly container: string }) | undefined;
  readonly external?: V1ExternalMetricSource | undefined;
}

interface V1ObjectMetricSource {
  readonly target: V1CrossVersionObjectReference;
  readonly metricName: string;
  readonly targetValue: string;
  readonly selector?: V1LabelSelector | undefined;
  readonly averageValue?: string | undefined;
}

interface V1PodsMetricSource {
  readonly metricName: string;
  readonly targetAverageValue: string;
  readonly selector?: V1LabelSelector | undefined;
}

interface V1ResourceMetricSource {
  readonly name: string;
  readonly targetAverageUtilization?: number | undefined;
  readonly targetAverageValue?: string | undefined;
}

interface V1ExternalMetricSource {
  readonly metricName: string;
  readonly metricSelector?: V1LabelSelector | undefined;
  readonly targetValue?: string | undefined;
  readonly targetAverageValue?: string | undefined;
}

export interface V1MetricStatus {
  readonly type: string;
  readonly object?: V1ObjectMetricStatus | undefined;
  readonly pods?: V1PodsMetricStatus | undefined;
  readonly resource?: V1ResourceMetricStatus | undefined;
  readonly containerResource?: (V1ResourceMetricStatus & { readonly container: string }) | undefined;
  readonly external?: V1ExternalMetricStatus | undefined;
}

interface V1ObjectMetricStatus {
  readonly target: V1CrossVersionObjectReference;
  readonly metricName: string;
  readonly currentValue: string;
  readonly selector?: V1LabelSelector | undefined;
  readonly averageValue?: string | undefined;
}

interface V1PodsMetricStatus {
  readonly metricName: string;
  readonly currentAverageValue: string;
  readonly selector?: V1LabelSelector | undefined;
}

interface V1ResourceMetricStatus {
  readonly name: string;
  readonly currentAverageUtilization?: number | undefined;
  readonly currentAverageValue: string;
}

interface V1ExternalMetricStatus {
  readonly metricName: string;
  readonly metricSelector?: V1LabelSelector | undefined;
  readonly currentValue: string;
  readonly currentAverageValue?: string | undefined;
}

type FieldOf = readonly [name: string, schema: Schema, isOptional?: "optional"];

const struct = (name: string, ...fields: readonly FieldOf[]): Schema =>
  s.struct(`io.k8s.api.autoscaling.v1.${name}`, () =>
    fields.map(([field, schema, isOptional], i) =>
      s.field(field, i + 1, schema, isOptional ? { pointer: true, omitempty: true } : {}),
    ),
  );

const SELECTOR = ["selector", V1LabelSelector, "optional"] as const;
const METRIC_SELECTOR = ["metricSelector", V1LabelSelector, "optional"] as const;

export const V1MetricSpec: Schema = struct(
  "MetricSpec",
  ["type", s.string],
  [
    "object",
    struct(
      "ObjectMetricSource",
      ["target", V1CrossVersionObjectReference],
      ["metricName", s.string],
      ["targetValue", s.quantity],
      SELECTOR,
      ["averageValue", s.quantity, "optional"],
    ),
    "optional",
  ],
  [
    "pods",
    struct("PodsMetricSource", ["metricName", s.string], ["targetAverageValue", s.quantity], SELECTOR),
    "optional",
  ],
  [
    "resource",
    struct(
      "ResourceMetricSource",
      ["name", s.string],
      ["targetAverageUtilization", s.int32, "optional"],
      ["targetAverageValue", s.quantity, "optional"],
    ),
    "optional",
  ],
  [
    "containerResource",
    struct(
      "ContainerResourceMetricSource",
      ["name", s.string],
      ["targetAverageUtilization", s.int32, "optional"],
      ["targetAverageValue", s.quantity, "optional"],
      ["container", s.string],
    ),
    "optional",
  ],
  [
    "external",
    struct(
      "ExternalMetricSource",
      ["metricName", s.string],
      METRIC_SELECTOR,
      ["targetValue", s.quantity, "optional"],
      ["targetAverageValue", s.quantity, "optional"],
    ),
    "optional",
  ],
);

export const V1MetricStatus: Schema = struct(
  "MetricStatus",
  ["type", s.string],
  [
    "object",
    struct(
      "ObjectMetricStatus",
      ["target", V1CrossVersionObjectReference],
      ["metricName", s.string],
      ["currentValue", s.quantity],
      SELECTOR,
      ["averageValue", s.quantity, "optional"],
    ),
    "optional",
  ],
  [
    "pods",
    struct("PodsMetricStatus", ["metricName", s.string], ["currentAverageValue", s.quantity], SELECTOR),
    "optional",
  ],
  [
    "resource",
    struct(
      "ResourceMetricStatus",
      ["name", s.string],
      ["currentAverageUtilization", s.int32, "optional"],
      ["currentAverageValue", s.quantity],
    ),
    "optional",
  ],
  [
    "containerResource",
    struct(
      "ContainerResourceMetricStatus",
      ["name", s.string],
      ["currentAverageUtilization", s.int32, "optional"],
      ["currentAverageValue", s.quantity],
      ["container", s.string],
    ),
    "optional",
  ],
  [
    "external",
    struct(
      "ExternalMetricStatus",
      ["metricName", s.string],
      METRIC_SELECTOR,
      ["currentValue", s.quantity],
      ["currentAverageValue", s.quantity, "optional"],
    ),
    "optional",
  ],
);
