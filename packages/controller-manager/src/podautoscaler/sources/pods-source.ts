import { quantityFromMilli, quantityMilli } from "@dingi/apimachinery";
import { metricSelectorOf, saying, type MetricSource, type SourceOf } from "../metric-source.ts";
import { replicasByAverage } from "../replica-count.ts";

/** Upstream: pkg/controller/podautoscaler/horizontal.go#computeStatusForPodsMetric */
export const podsSource: SourceOf = ({ pods }, { namespace, selector }): MetricSource => {
  const { metric, target } = pods!;
  return {
    failedReason: "FailedGetPodsMetric",
    frame: (text) => `failed to get pods metric value: ${text}`,
    async read(client) {
      const query = { metric: metric.name, namespace, selector, metricSelector: metricSelectorOf(metric.selector) };
      const metrics = await saying(`unable to get metric ${metric.name}`, () => client.podsMetric(query));
      return (situation) => {
        const wanted = { averageValue: quantityMilli(target.averageValue ?? "0") };
        const { replicas, averageValue } = replicasByAverage(
          { ...situation, metrics, currentReplicas: situation.specReplicas },
          wanted,
        );
        const current = { averageValue: quantityFromMilli(averageValue) };
        return { replicas, metric: `pods metric ${metric.name}`, status: { type: "Pods", pods: { metric, current } } };
      };
    },
  };
};
