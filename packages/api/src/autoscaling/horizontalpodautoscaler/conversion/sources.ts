import { quantitySign } from "@dingi/apimachinery";
import type { V2MetricSpec, V2ResourceMetricSource } from "../horizontalpodautoscaler.gen.ts";
import type { V1MetricSpec } from "./v1-metrics.ts";

type Of<T, K extends keyof T> = NonNullable<T[K]>;

/** Upstream: pkg/apis/autoscaling/v1/conversion.go#Convert_v1_ObjectMetricSource_To_autoscaling_ObjectMetricSource and others */
export function sourceFromV1(spec: V1MetricSpec): V2MetricSpec {
  const { type, object, pods, resource, containerResource: inContainer, external } = spec;
  return {
    type,
    object: object && objectFromV1(object),
    pods: pods && {
      metric: { name: pods.metricName, selector: pods.selector },
      target: { type: "AverageValue", averageValue: pods.targetAverageValue },
    },
    resource: resource && resourceFromV1(resource),
    containerResource: inContainer && { ...resourceFromV1(inContainer), container: inContainer.container },
    external: external && externalFromV1(external),
  };
}

export function sourceToV1(spec: V2MetricSpec): V1MetricSpec {
  const { type, object, pods, resource, containerResource: inContainer, external } = spec;
  return {
    type,
    object: object && {
      target: object.describedObject,
      metricName: object.metric.name,
      targetValue: object.target.value ?? "0",
      selector: object.metric.selector,
      averageValue: object.target.averageValue,
    },
    pods: pods && {
      metricName: pods.metric.name,
      targetAverageValue: pods.target.averageValue ?? "0",
      selector: pods.metric.selector,
    },
    resource: resource && resourceToV1(resource),
    containerResource: inContainer && { ...resourceToV1(inContainer), container: inContainer.container },
    external: external && {
      metricName: external.metric.name,
      metricSelector: external.metric.selector,
      targetValue: external.target.value,
      targetAverageValue: external.target.averageValue,
    },
  };
}

/** The older version cannot leave the value out: beside an average, nothing is meant by zero. */
function objectFromV1(object: Of<V1MetricSpec, "object">): Of<V2MetricSpec, "object"> {
  const { target, metricName, targetValue, selector, averageValue } = object;
  const isAverage = averageValue !== undefined;
  return {
    describedObject: target,
    metric: { name: metricName, selector },
    target: {
      type: isAverage ? "AverageValue" : "Value",
      value: isAverage && quantitySign(targetValue) === 0 ? undefined : targetValue,
      averageValue,
    },
  };
}

function resourceFromV1(resource: Of<V1MetricSpec, "resource">): V2ResourceMetricSource {
  const { name, targetAverageUtilization: averageUtilization, targetAverageValue: averageValue } = resource;
  const type = averageUtilization === undefined ? "AverageValue" : "Utilization";
  return { name, target: { type, averageValue, averageUtilization } };
}

function resourceToV1({ name, target }: V2ResourceMetricSource): Of<V1MetricSpec, "resource"> {
  return { name, targetAverageUtilization: target.averageUtilization, targetAverageValue: target.averageValue };
}

function externalFromV1(external: Of<V1MetricSpec, "external">): Of<V2MetricSpec, "external"> {
  const { metricName, metricSelector, targetValue: value, targetAverageValue: averageValue } = external;
  return {
    metric: { name: metricName, selector: metricSelector },
    target: { type: value === undefined ? "AverageValue" : "Value", value, averageValue },
  };
}
