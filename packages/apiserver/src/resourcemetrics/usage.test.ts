import assert from "node:assert/strict";
import { test } from "node:test";
import { parseResourceMetrics, type Point } from "./parse-metrics.ts";
import { measuredAt, usageList, usageOf, withPoint, type Points } from "./usage.ts";

const SECOND = 1000;

/** Half a processor, and a mebibyte. */
const point = (seconds: number, more: Partial<Point> = {}): Point => ({
  cpuNanoSeconds: seconds * 5e8,
  memoryBytes: 1_048_576,
  timeMs: seconds * SECOND,
  startMs: 0,
  ...more,
});

const after = (...points: readonly Point[]): Points => {
  const [first, ...others] = points;
  return others.reduce<Points>(withPoint, withPoint(undefined, first!));
};

test("what is used is the difference of the last two measurements", () => {
  assert.deepEqual(usageOf(after(point(2), point(3), point(18))), {
    timeMs: 18_000,
    windowMs: 15_000,
    nanoCores: 5e8,
    memoryBytes: 1_048_576,
  });
});

test("a measurement that is told again, or too late, counts once", () => {
  const points = after(point(3), point(18), point(18, { cpuNanoSeconds: 0 }), point(10));
  assert.deepEqual([points.last.timeMs, points.earlier?.timeMs], [18_000, 3000]);
});

test("what has been started anew begins anew, and is told of once it has run for a while", () => {
  const restarted = (seconds: number) => point(seconds, { startMs: 20_000, cpuNanoSeconds: (seconds - 20) * 1e9 });
  assert.equal(usageOf(after(point(3), point(18), restarted(25))), undefined);
  const { windowMs, nanoCores } = usageOf(after(point(3), point(18), restarted(33)))!;
  assert.deepEqual([windowMs, nanoCores], [13_000, 1e9]);
  assert.equal(usageOf(after(point(3, { startMs: undefined }))), undefined);
});

test("quantities and times are written as metrics-server writes them", () => {
  const usage = { timeMs: 18_250, windowMs: 15_250, nanoCores: 123_456, memoryBytes: 10 * 1024 };
  assert.deepEqual(usageList(usage), { cpu: "123456n", memory: "10Ki" });
  assert.deepEqual(usageList({ ...usage, nanoCores: 5e8, memoryBytes: 1000 }), { cpu: "500m", memory: "1k" });
  assert.deepEqual(measuredAt(usage), { timestamp: "1970-01-01T00:00:18Z", window: "15.25s" });
});

test("what a kubelet tells is read, and what is not known skipped", () => {
  const labels = (container: string) => `{container="${container}",namespace="default",pod="web"}`;
  const { node, pods } = parseResourceMetrics(`# HELP node_cpu_usage_seconds_total [STABLE] Cumulative
node_cpu_usage_seconds_total 1.5 2000
node_memory_working_set_bytes 1.048576e+06 1999
container_cpu_usage_seconds_total${labels("a")} 0.25 1000
container_memory_working_set_bytes${labels("a")} 4096 1000
container_start_time_seconds${labels("a")} 0.5
constructor{container="x",namespace="y",pod="z"} 1 1
container_memory_working_set_bytes{container="lonely",namespace="default",pod="half"} 1 1
container_cpu_usage_seconds_total{container="bad",namespace="default",pod="half"} NaN 1
`);
  assert.deepEqual(node, { cpuNanoSeconds: 1.5e9, memoryBytes: 1_048_576, timeMs: 1999, startMs: undefined });
  const a = { cpuNanoSeconds: 2.5e8, memoryBytes: 4096, timeMs: 1000, startMs: 500 };
  assert.deepEqual([...pods.get("default/web")!], [["a", a]]);
  assert.equal(pods.get("default/half")?.size, 0);
  assert.equal(pods.size, 2);
});
