import type { V2MetricValueStatus } from "@dingi/api";
import { quantityFromMilli, quantityMilli } from "@dingi/apimachinery";
import { selectorText } from "../../selector-text.ts";
import { framedBy, metricSelectorOf, saying, type MetricSource, type SourceOf } from "../metric-source.ts";
import { replicasByShare, replicasByValue } from "../replica-count.ts";

/** Upstream: pkg/controller/podautoscaler/horizontal.go#computeStatusForExternalMetric */
export const externalSource: SourceOf = ({ external }, { namespace }): MetricSource => {
  const { metric, target } = external!;
  const isShare = target.averageValue !== undefined;
  const shown = selectorText(metric.selector);
  const name = `external metric ${metric.name}(${shown})`;
  const status = (current: V2MetricValueStatus) => ({ type: "External", external: { metric, current } });
  return {
    failedReason: "FailedGetExternalMetric",
    frame: (text) => `failed to get ${metric.name} external metric value: ${text}`,
    async read(client) {
      if (!isShare && target.value === undefined)
        throw new Error("invalid external metric source: neither a value target nor an average value target was set");
      const framed = framedBy(
        `failed to get ${isShare ? `${metric.name} external metric` : `external metric ${metric.name}`}`,
      );
      const values = await saying(`unable to get external metric ${namespace}/${metric.name}/${shown}`, () =>
        client.externalMetric({ metric: metric.name, namespace, metricSelector: metricSelectorOf(metric.selector) }),
      ).catch(framed);
      return (situation) => {
        const measured = { ...situation, values, currentReplicas: situation.specReplicas };
        if (isShare) {
          const { replicas, averageValue } = replicasByShare(measured, quantityMilli(target.averageValue));
          return { replicas, metric: name, status: status({ averageValue: quantityFromMilli(averageValue) }) };
        }
        try {
          const { replicas, value } = replicasByValue(measured, quantityMilli(target.value!));
          return { replicas, metric: name, status: status({ value: quantityFromMilli(value) }) };
        } catch (error) {
          return framed(error);
        }
      };
    },
  };
};
