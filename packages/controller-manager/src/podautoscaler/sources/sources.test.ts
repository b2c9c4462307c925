import assert from "node:assert/strict";
import { test } from "node:test";
import type { V2MetricSpec } from "@dingi/api";
import { parseLabelSelector } from "@dingi/apimachinery";
import { metricsOf, NOW, podsOf } from "../autoscaler-fixture.ts";
import { MetricFailure } from "../metric-source.ts";
import type { MetricsClient } from "../metrics-client.ts";
import { sourceOf } from "./sources.ts";

const place = { namespace: "default", selector: parseLabelSelector("app=web") };
const situation = {
  pods: podsOf({}, {}),
  specReplicas: 2,
  statusReplicas: 2,
  tolerances: { down: 0.1, up: 0.1 },
  readiness: { cpuInitializationMs: 0, initialReadinessDelayMs: 0 },
  nowMs: NOW,
};

const asked: object[] = [];

function answering<T>(answer: T) {
  return ({ selector, metricSelector, ...query }: { selector?: object; metricSelector?: object }): Promise<T> => {
    asked.push({
      ...query,
      ...(selector ? { selector: String(selector) } : {}),
      ...(metricSelector ? { metricSelector: String(metricSelector) } : {}),
    });
    return Promise.resolve(answer);
  };
}

const metrics: MetricsClient = {
  resourceMetric: answering(metricsOf(900, 1100)),
  podsMetric: answering(metricsOf(20_000, 40_000)),
  objectMetric: answering(60_000n),
  externalMetric: answering([30_000n, 30_000n]),
};

async function propose(spec: V2MetricSpec, client = metrics) {
  asked.length = 0;
  const propose = await sourceOf(spec, place).read(client);
  const { replicas, metric, status } = propose(situation);
  return { asked: asked[0], replicas, metric, status };
}

const selector = { matchLabels: { queue: "slow" } };
const metric = { name: "length", selector };
const describedObject = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "main" };

test("the utilization of a resource, of all containers or of one", async () => {
  const target = { type: "Utilization", averageUtilization: 50 };
  const query = { resource: "cpu", namespace: "default", selector: "app=web" };
  assert.deepEqual(await propose({ type: "Resource", resource: { name: "cpu", target } }), {
    asked: { ...query, container: undefined },
    replicas: 4,
    metric: "cpu resource utilization (percentage of request)",
    status: { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 100, averageValue: "1" } } },
  });
  const containerResource = { name: "cpu", container: "main", target };
  assert.deepEqual(await propose({ type: "ContainerResource", containerResource }), {
    asked: { ...query, container: "main" },
    replicas: 4,
    metric: "cpu container resource utilization (percentage of request)",
    status: {
      type: "ContainerResource",
      containerResource: { name: "cpu", container: "main", current: { averageUtilization: 100, averageValue: "1" } },
    },
  });
});

test("the usage of a resource; memory is told in powers of two", async () => {
  const target = { type: "AverageValue", averageValue: "500m" };
  const { metric: name, status } = await propose({ type: "Resource", resource: { name: "memory", target } });
  assert.equal(name, "memory resource");
  assert.deepEqual(status.resource?.current, { averageValue: "1" });
  const usage = { ...metrics, resourceMetric: answering(metricsOf(3_145_728_000, 1_048_576_000)) };
  const big = await propose({ type: "Resource", resource: { name: "memory", target } }, usage);
  assert.deepEqual(big.status.resource?.current, { averageValue: "2Mi" });
});

test("something else that is measured of pods", async () => {
  const target = { type: "AverageValue", averageValue: "15" };
  assert.deepEqual(await propose({ type: "Pods", pods: { metric, target } }), {
    asked: { metric: "length", namespace: "default", selector: "app=web", metricSelector: "queue=slow" },
    replicas: 4,
    metric: "pods metric length",
    status: { type: "Pods", pods: { metric, current: { averageValue: "30" } } },
  });
});

test("something of another object, for all pods or for each", async () => {
  const whole = { describedObject, metric, target: { type: "Value", value: "30" } };
  assert.deepEqual(await propose({ type: "Object", object: whole }), {
    asked: { metric: "length", namespace: "default", object: describedObject, metricSelector: "queue=slow" },
    replicas: 4,
    metric: "Ingress metric length",
    status: { type: "Object", object: { describedObject, metric, current: { value: "60" } } },
  });
  const share = { describedObject, metric: { name: "length" }, target: { type: "AverageValue", averageValue: "20" } };
  const { replicas, metric: name, status } = await propose({ type: "Object", object: share });
  assert.deepEqual([replicas, name], [3, "external metric length(nil)"]);
  assert.deepEqual(status.object?.current, { averageValue: "30" });
});

test("something outside of the cluster, for all pods or for each", async () => {
  const whole = { metric, target: { type: "Value", value: "30" } };
  const name =
    "external metric length(&LabelSelector{MatchLabels:map[string]string{queue: slow,},MatchExpressions:[]LabelSelectorRequirement{},})";
  assert.deepEqual(await propose({ type: "External", external: whole }), {
    asked: { metric: "length", namespace: "default", metricSelector: "queue=slow" },
    replicas: 4,
    metric: name,
    status: { type: "External", external: { metric, current: { value: "60" } } },
  });
  const share = { metric, target: { type: "AverageValue", averageValue: "20" } };
  const { replicas, status } = await propose({ type: "External", external: share });
  assert.equal(replicas, 3);
  assert.deepEqual(status.external?.current, { averageValue: "30" });
});

test("what goes wrong is told to people, and in more words to who reconciles", async () => {
  const away = () => Promise.reject(new Error("away"));
  const client = { resourceMetric: away, podsMetric: away, objectMetric: away, externalMetric: away };
  const told = async (spec: V2MetricSpec): Promise<string[]> => {
    const source = sourceOf(spec, place);
    const error = await source.read(client).catch((cause: unknown) => new MetricFailure(source, cause));
    assert.ok(error instanceof MetricFailure);
    return [error.reason, error.told, error.message];
  };
  const utilization = { type: "Utilization", averageUtilization: 50 };
  const usage = "failed to get cpu utilization: unable to get metrics for resource cpu: away";
  assert.deepEqual(await told({ type: "Resource", resource: { name: "cpu", target: utilization } }), [
    "FailedGetResourceMetric",
    usage,
    `failed to get cpu resource metric value: ${usage}`,
  ]);
  assert.deepEqual(
    await told({ type: "ContainerResource", containerResource: { name: "cpu", container: "c", target: utilization } }),
    ["FailedGetContainerResourceMetric", usage, `failed to get c container metric value: ${usage}`],
  );
  const share = { type: "AverageValue", averageValue: "1" };
  const value = { type: "Value", value: "1" };
  const plain = { name: "length" };
  assert.deepEqual(await told({ type: "Pods", pods: { metric: plain, target: share } }), [
    "FailedGetPodsMetric",
    "unable to get metric length: away",
    "failed to get pods metric value: unable to get metric length: away",
  ]);
  const onObject = "unable to get metric length on Ingress default/main: away";
  assert.deepEqual(await told({ type: "Object", object: { describedObject, metric: plain, target: value } }), [
    "FailedGetObjectMetric",
    onObject,
    `failed to get object metric value: ${onObject}`,
  ]);
  assert.deepEqual(await told({ type: "Object", object: { describedObject, metric: plain, target: share } }), [
    "FailedGetObjectMetric",
    onObject,
    `failed to get object metric value: failed to get length object metric: ${onObject}`,
  ]);
  const outside = "unable to get external metric default/length/nil: away";
  assert.deepEqual(await told({ type: "External", external: { metric: plain, target: value } }), [
    "FailedGetExternalMetric",
    outside,
    `failed to get length external metric value: failed to get external metric length: ${outside}`,
  ]);
  assert.deepEqual(await told({ type: "External", external: { metric: plain, target: share } }), [
    "FailedGetExternalMetric",
    outside,
    `failed to get length external metric value: failed to get length external metric: ${outside}`,
  ]);
  assert.deepEqual(await told({ type: "constructor" }), [
    "InvalidMetricSourceType",
    'unknown metric source type "constructor"',
    'unknown metric source type "constructor"',
  ]);
});

test("a source without a target is told of", async () => {
  const target = { type: "Value" };
  await assert.rejects(
    propose({ type: "Resource", resource: { name: "cpu", target } }),
    /^Error: invalid resource metric source: neither/,
  );
  await assert.rejects(
    propose({ type: "Object", object: { describedObject, metric, target } }),
    /^Error: invalid object metric source: neither/,
  );
  await assert.rejects(
    propose({ type: "External", external: { metric, target } }),
    /^Error: invalid external metric source: neither/,
  );
});
