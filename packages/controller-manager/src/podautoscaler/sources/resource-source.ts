import type { V2MetricTarget, V2MetricValueStatus } from "@dingi/api";
import { quantityFromMilli, quantityMilli } from "@dingi/apimachinery";
import type { PodMetrics } from "../metrics-client.ts";
import { saying, type MetricSource, type Place, type Situation, type SourceOf } from "../metric-source.ts";
import { replicasByAverage, replicasByUtilization, type PodsSituation } from "../replica-count.ts";

interface ResourceMetric {
  readonly resource: string;
  readonly container?: string;
  readonly target: V2MetricTarget;
}

interface Computed {
  readonly replicas: number;
  readonly metric: string;
  readonly current: V2MetricValueStatus;
}

/** Upstream: pkg/controller/podautoscaler/horizontal.go#computeStatusForResourceMetric */
export const resourceSource: SourceOf = ({ resource }, place): MetricSource => {
  const { name, target } = resource!;
  return {
    failedReason: "FailedGetResourceMetric",
    frame: (text) => `failed to get ${name} resource metric value: ${text}`,
    async read(client) {
      const metrics = await readResource({ resource: name, target }, place, client);
      return (situation) => {
        const { replicas, metric, current } = compute({ resource: name, target }, { situation, metrics });
        return { replicas, metric, status: { type: "Resource", resource: { name, current } } };
      };
    },
  };
};

/** Upstream: …#computeStatusForContainerResourceMetric */
export const containerResourceSource: SourceOf = ({ containerResource }, place): MetricSource => {
  const { name, container, target } = containerResource!;
  const wanted = { resource: name, container, target };
  return {
    failedReason: "FailedGetContainerResourceMetric",
    frame: (text) => `failed to get ${container} container metric value: ${text}`,
    async read(client) {
      const metrics = await readResource(wanted, place, client);
      return (situation) => {
        const { replicas, metric, current } = compute(wanted, { situation, metrics });
        return {
          replicas,
          metric,
          status: { type: "ContainerResource", containerResource: { name, container, current } },
        };
      };
    },
  };
};

const failed = ({ resource, target }: ResourceMetric): string =>
  `failed to get ${resource} ${target.averageValue === undefined ? "utilization" : "usage"}`;

async function readResource(
  metric: ResourceMetric,
  { namespace, selector }: Place,
  client: Parameters<MetricSource["read"]>[0],
): Promise<PodMetrics> {
  const { resource, container, target } = metric;
  if (target.averageValue === undefined && target.averageUtilization === undefined)
    throw new Error(
      "invalid resource metric source: neither an average utilization target nor an average value (usage) target was set",
    );
  return await saying(`${failed(metric)}: unable to get metrics for resource ${resource}`, () =>
    client.resourceMetric({ resource, container, namespace, selector }),
  );
}

function compute(
  metric: ResourceMetric,
  { situation, metrics }: { readonly situation: Situation; readonly metrics: PodMetrics },
): Computed {
  try {
    return computed(metric, { ...situation, metrics, currentReplicas: situation.specReplicas });
  } catch (error) {
    throw new Error(failed(metric), { cause: error });
  }
}

function computed({ resource, container, target }: ResourceMetric, situation: PodsSituation): Computed {
  const asQuantity = (milli: bigint) => quantityFromMilli(milli, resource === "memory" ? "BinarySI" : "DecimalSI");
  if (target.averageValue !== undefined) {
    const wanted = { resource, averageValue: quantityMilli(target.averageValue) };
    const { replicas, averageValue } = replicasByAverage(situation, wanted);
    return { replicas, metric: `${resource} resource`, current: { averageValue: asQuantity(averageValue) } };
  }
  const wanted = { resource, container, utilization: target.averageUtilization ?? 0 };
  const { replicas, utilization, averageValue } = replicasByUtilization(situation, wanted);
  const what = container === undefined ? "resource" : "container resource";
  return {
    replicas,
    metric: `${resource} ${what} utilization (percentage of request)`,
    current: { averageValue: asQuantity(averageValue), averageUtilization: utilization },
  };
}
