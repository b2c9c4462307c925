import assert from "node:assert/strict";
import { test } from "node:test";
import { Ingress, Node, Pod } from "@dingi/api";
import { everything, parseLabelSelector, StatusError } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import { RestMapper, type Client, type TransportRequest } from "@dingi/client";
import { RestMetricsClient } from "./rest-metrics-client.ts";

const TIMESTAMP = "2026-01-01T00:00:00Z";
const selector = parseLabelSelector("app=web");
const metricSelector = parseLabelSelector("queue=slow");

/** A server that answers every request with the same, and tells what it was asked. */
function serving(answer: unknown, versions: readonly string[] = ["custom.metrics.k8s.io/v1beta2"]) {
  const asked: string[] = [];
  const stream = ({ path, query }: TransportRequest) => {
    asked.push(query.size > 0 ? `${path}?${decodeURIComponent(query.toString())}` : path);
    if (answer instanceof Error) return Promise.reject(answer);
    const body = (async function* () {
      yield await Promise.resolve(Buffer.from(JSON.stringify(answer)));
    })();
    return Promise.resolve({ status: 200, headers: {}, body, [Symbol.asyncDispose]: () => Promise.resolve() });
  };
  const { resources, apiVersions } = RestMapper.of([Pod, Ingress, Node]);
  const kinds = new RestMapper({ resources, apiVersions: [...apiVersions, ...versions] });
  const signal = new AbortController().signal;
  return { asked, metrics: new RestMetricsClient({ client: { stream } as unknown as Client, kinds, signal }) };
}

const podMetrics = {
  items: [
    {
      metadata: { name: "a" },
      timestamp: TIMESTAMP,
      window: "15.5s",
      containers: [
        { name: "main", usage: { cpu: "100u", memory: "1Mi" } },
        { name: "side", usage: { cpu: "2" } },
      ],
    },
    { metadata: { name: "none" }, timestamp: TIMESTAMP, window: "15s", containers: [] },
  ],
};

test("resources of pods: the sum of all containers, where it is known of all", async () => {
  const { metrics, asked } = serving(podMetrics);
  const query = { namespace: "default", selector };
  const dated = { timestampMs: Date.parse(TIMESTAMP), windowMs: 15_500 };
  assert.deepEqual(
    [...(await metrics.resourceMetric({ ...query, resource: "cpu" }))],
    [["a", { ...dated, value: 2001n }]],
  );
  assert.deepEqual([...(await metrics.resourceMetric({ ...query, resource: "memory" }))], []);
  assert.deepEqual(
    [...(await metrics.resourceMetric({ ...query, resource: "memory", container: "main" }))],
    [["a", { ...dated, value: 1_048_576_000n }]],
  );
  assert.deepEqual([...(await metrics.resourceMetric({ ...query, resource: "cpu", container: "other" }))], []);
  assert.equal(asked[0], "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods?labelSelector=app=web");
});

test("custom metrics of pods, in the version that is served", async () => {
  const item = { describedObject: { name: "a" }, timestamp: TIMESTAMP, value: "1500m" };
  const { metrics, asked } = serving(
    { items: [item, { ...item, describedObject: { name: "b" }, windowSeconds: 10 }] },
    ["custom.metrics.k8s.io/v2", "custom.metrics.k8s.io/v1beta1"],
  );
  const found = await metrics.podsMetric({ metric: "a/b", namespace: "default", selector, metricSelector });
  const timestampMs = Date.parse(TIMESTAMP);
  assert.deepEqual(
    [...found],
    [
      ["a", { timestampMs, windowMs: 60_000, value: 1500n }],
      ["b", { timestampMs, windowMs: 10_000, value: 1500n }],
    ],
  );
  assert.deepEqual(asked, [
    "/apis/custom.metrics.k8s.io/v1beta1/namespaces/default/pods/*/a%2Fb?labelSelector=app=web&metricLabelSelector=queue=slow",
  ]);
});

test("custom metrics of other objects, and of the autoscaler's own namespace whichever is named", async () => {
  const { metrics, asked } = serving({ items: [{ value: "3" }] });
  const query = { metric: "length", namespace: "default", metricSelector: everything };
  const object = { apiVersion: "networking.k8s.io/v1beta1", kind: "Ingress", name: "main" };
  assert.equal(await metrics.objectMetric({ ...query, object }), 3000n);
  assert.equal(await metrics.objectMetric({ ...query, object: { kind: "Pod", name: "a" } }), 3000n);
  assert.equal(await metrics.objectMetric({ ...query, object: { kind: "Namespace", name: "kube-system" } }), 3000n);
  const root = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/default";
  assert.deepEqual(asked, [
    `${root}/ingresses.networking.k8s.io/main/length`,
    `${root}/pods/a/length`,
    `${root}/metrics/length`,
  ]);
});

test("external metrics", async () => {
  const { metrics, asked } = serving({ items: [{ value: "3" }, { value: "500m" }] });
  assert.deepEqual(await metrics.externalMetric({ metric: "queue", namespace: "default", metricSelector }), [
    3000n,
    500n,
  ]);
  assert.deepEqual(asked, ["/apis/external.metrics.k8s.io/v1beta1/namespaces/default/queue?labelSelector=queue=slow"]);
});

test("what goes wrong is told in upstream's words", async () => {
  const resource = { resource: "cpu", namespace: "default", selector };
  const object = { metric: "m", namespace: "default", metricSelector, object: { kind: "Pod", name: "a" } };
  const failureOf = (answer: Promise<unknown>) => answer.then(() => "", describeError);
  const failing = (error: unknown, versions?: readonly string[]) => serving(error, versions).metrics;
  const unserved = StatusError.make(404, "NotFound", "404 page not found");
  assert.equal(
    await failureOf(failing(unserved).resourceMetric(resource)),
    "unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)",
  );
  const away = StatusError.make(503, "ServiceUnavailable", "service unavailable");
  assert.equal(
    await failureOf(failing(away).externalMetric({ metric: "m", namespace: "default", metricSelector })),
    "unable to fetch metrics from external metrics API: the server is currently unable to handle the request (get m.external.metrics.k8s.io)",
  );
  assert.equal(
    await failureOf(failing({ items: [] }).resourceMetric(resource)),
    "no metrics returned from resource metrics API",
  );
  assert.equal(
    await failureOf(failing({}, []).objectMetric(object)),
    "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered",
  );
  assert.equal(
    await failureOf(failing({}, ["custom.metrics.k8s.io/v3"]).objectMetric(object)),
    "unable to fetch metrics from custom metrics API: no known available metric versions found",
  );
  assert.equal(
    await failureOf(failing({ items: [{}, {}] }).objectMetric(object)),
    "unable to fetch metrics from custom metrics API: the custom metrics API server returned 2 results when we asked for exactly one",
  );
  assert.equal(
    await failureOf(failing({}).objectMetric({ ...object, object: { apiVersion: "a/v1", kind: "B", name: "c" } })),
    'unable to map kind B.a to resource: no matches for kind "B" in group "a"',
  );
});
