import type { V2MetricValueStatus, V2ObjectMetricSource } from "@dingi/api";
import { quantityFromMilli, quantityMilli } from "@dingi/apimachinery";
import { selectorText } from "../../selector-text.ts";
import { framedBy, metricSelectorOf, saying, type MetricSource, type SourceOf } from "../metric-source.ts";
import { replicasByShare, replicasByValue } from "../replica-count.ts";

/** Upstream: pkg/controller/podautoscaler/horizontal.go#computeStatusForObjectMetric */
export const objectSource: SourceOf = ({ object }, { namespace }): MetricSource => {
  const { describedObject, metric, target } = object!;
  const isShare = isShared(object!);
  const status = (current: V2MetricValueStatus) => ({ type: "Object", object: { describedObject, metric, current } });
  return {
    failedReason: "FailedGetObjectMetric",
    frame: (text) => `failed to get object metric value: ${text}`,
    async read(client) {
      if (isShare === undefined)
        throw new Error("invalid object metric source: neither a value target nor an average value target was set");
      const metricSelector = metricSelectorOf(metric.selector);
      const where = `${describedObject.kind} ${namespace}/${describedObject.name}`;
      const query = { metric: metric.name, namespace, object: describedObject, metricSelector };
      const reading = saying(`unable to get metric ${metric.name} on ${where}`, () => client.objectMetric(query));
      const value = await (isShare ? reading.catch(framedBy(`failed to get ${metric.name} object metric`)) : reading);
      return (situation) => {
        const measured = { ...situation, values: [value], currentReplicas: situation.specReplicas };
        if (!isShare) {
          const { replicas, value: shown } = replicasByValue(measured, quantityMilli(target.value!));
          const name = `${describedObject.kind} metric ${metric.name}`;
          return { replicas, metric: name, status: status({ value: quantityFromMilli(shown) }) };
        }
        const { replicas, averageValue } = replicasByShare(measured, quantityMilli(target.averageValue!));
        // Upstream calls it so.
        const name = `external metric ${metric.name}(${selectorText(metric.selector)})`;
        return { replicas, metric: name, status: status({ averageValue: quantityFromMilli(averageValue) }) };
      };
    },
  };
};

/** Whether the target is each pod's share; undefined when it is neither that nor the whole. */
function isShared({ target }: V2ObjectMetricSource): boolean | undefined {
  if (target.type === "Value" && target.value !== undefined) return false;
  return target.type === "AverageValue" && target.averageValue !== undefined ? true : undefined;
}
