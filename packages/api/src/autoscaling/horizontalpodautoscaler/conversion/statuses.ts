import type { V2MetricStatus, V2ResourceMetricStatus } from "../horizontalpodautoscaler.gen.ts";
import type { V1MetricStatus } from "./v1-metrics.ts";

type Of<T, K extends keyof T> = NonNullable<T[K]>;

/** Upstream: pkg/apis/autoscaling/v1/conversion.go#Convert_v1_ObjectMetricStatus_To_autoscaling_ObjectMetricStatus and others */
export function statusFromV1(status: V1MetricStatus): V2MetricStatus {
  const { type, object, pods, resource, containerResource: inContainer, external } = status;
  return {
    type,
    object: object && {
      metric: { name: object.metricName, selector: object.selector },
      current: { value: object.currentValue, averageValue: object.averageValue },
      describedObject: object.target,
    },
    pods: pods && {
      metric: { name: pods.metricName, selector: pods.selector },
      current: { averageValue: pods.currentAverageValue },
    },
    resource: resource && resourceFromV1(resource),
    containerResource: inContainer && { ...resourceFromV1(inContainer), container: inContainer.container },
    external: external && {
      metric: { name: external.metricName, selector: external.metricSelector },
      current: { value: external.currentValue, averageValue: external.currentAverageValue },
    },
  };
}

export function statusToV1(status: V2MetricStatus): V1MetricStatus {
  const { type, object, pods, resource, containerResource: inContainer, external } = status;
  return {
    type,
    object: object && {
      target: object.describedObject,
      metricName: object.metric.name,
      currentValue: object.current.value ?? "0",
      selector: object.metric.selector,
      averageValue: object.current.averageValue,
    },
    pods: pods && {
      metricName: pods.metric.name,
      currentAverageValue: pods.current.averageValue ?? "0",
      selector: pods.metric.selector,
    },
    resource: resource && resourceToV1(resource),
    containerResource: inContainer && { ...resourceToV1(inContainer), container: inContainer.container },
    external: external && {
      metricName: external.metric.name,
      metricSelector: external.metric.selector,
      currentValue: external.current.value ?? "0",
      currentAverageValue: external.current.averageValue,
    },
  };
}

function resourceFromV1(resource: Of<V1MetricStatus, "resource">): V2ResourceMetricStatus {
  const { name, currentAverageUtilization: averageUtilization, currentAverageValue: averageValue } = resource;
  return { name, current: { averageValue, averageUtilization } };
}

function resourceToV1({ name, current }: V2ResourceMetricStatus): Of<V1MetricStatus, "resource"> {
  return {
    name,
    currentAverageUtilization: current.averageUtilization,
    currentAverageValue: current.averageValue ?? "0",
  };
}
