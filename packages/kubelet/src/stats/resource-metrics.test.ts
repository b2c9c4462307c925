import assert from "node:assert/strict";
import { test } from "node:test";
import { resourceMetrics } from "./resource-metrics.ts";
import type { PodStats } from "./summary.ts";

const timeMs = Date.parse("2026-01-01T00:00:00.250Z");

const pod = (name: string, containers: readonly string[], bytes = 12_345_678): PodStats => ({
  podRef: { namespace: "default", name, uid: name },
  startTimeMs: timeMs,
  containers: containers.map((container) => ({
    name: container,
    startTimeMs: timeMs - 750,
    cpu: { timeMs, usageCoreNanoSeconds: 1_500_000_000 },
    memory: { timeMs: timeMs + 1, workingSetBytes: bytes },
  })),
  cpu: { timeMs, usageCoreNanoSeconds: 12_345 },
  memory: { timeMs, workingSetBytes: 8192 },
});

test("samples stand below their families, by their names, with the time at which they were measured", () => {
  const text = resourceMetrics({
    node: { nodeName: "node", startTimeMs: 0, cpu: { timeMs, usageCoreNanoSeconds: 9e12 } },
    pods: [pod("b", ["main"]), pod("a", ["side", "main"], 100)],
  });
  assert.equal(
    text,
    `# HELP container_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the container in core-seconds
# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="main",namespace="default",pod="a"} 1.5 1767225600250
container_cpu_usage_seconds_total{container="main",namespace="default",pod="b"} 1.5 1767225600250
container_cpu_usage_seconds_total{container="side",namespace="default",pod="a"} 1.5 1767225600250
# HELP container_memory_working_set_bytes [STABLE] Current working set of the container in bytes
# TYPE container_memory_working_set_bytes gauge
container_memory_working_set_bytes{container="main",namespace="default",pod="a"} 100 1767225600251
container_memory_working_set_bytes{container="main",namespace="default",pod="b"} 1.2345678e+07 1767225600251
container_memory_working_set_bytes{container="side",namespace="default",pod="a"} 100 1767225600251
# HELP container_start_time_seconds [STABLE] Start time of the container since unix epoch in seconds
# TYPE container_start_time_seconds gauge
container_start_time_seconds{container="main",namespace="default",pod="a"} 1.7672255995e+09
container_start_time_seconds{container="main",namespace="default",pod="b"} 1.7672255995e+09
container_start_time_seconds{container="side",namespace="default",pod="a"} 1.7672255995e+09
# HELP node_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the node in core-seconds
# TYPE node_cpu_usage_seconds_total counter
node_cpu_usage_seconds_total 9000 1767225600250
# HELP pod_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the pod in core-seconds
# TYPE pod_cpu_usage_seconds_total counter
pod_cpu_usage_seconds_total{namespace="default",pod="a"} 1.2345e-05 1767225600250
pod_cpu_usage_seconds_total{namespace="default",pod="b"} 1.2345e-05 1767225600250
# HELP pod_memory_working_set_bytes [STABLE] Current working set of the pod in bytes
# TYPE pod_memory_working_set_bytes gauge
pod_memory_working_set_bytes{namespace="default",pod="a"} 8192 1767225600250
pod_memory_working_set_bytes{namespace="default",pod="b"} 8192 1767225600250
# HELP resource_scrape_error [STABLE] 1 if there was an error while getting container metrics, 0 otherwise
# TYPE resource_scrape_error gauge
resource_scrape_error 0
`,
  );
});

test("what could not be measured is said", () => {
  assert.match(resourceMetrics(undefined), /^# HELP resource_scrape_error [^\n]*\n[^\n]*\nresource_scrape_error 1\n$/);
});
