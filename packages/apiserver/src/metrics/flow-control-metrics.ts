import type { Counter, Gauge, MetricsRegistry } from "@dingi/component-base";
import type { FlowController, Level } from "../flowcontrol/flow-controller.ts";
import type { FlowObserver, FlowStats } from "../flowcontrol/flow-stats.ts";

const PREFIX = "apiserver_flowcontrol_";

type OfLevel = readonly [name: string, help: string, read: (level: Level) => number];
type OfFlow = readonly [name: string, help: string, read: (stats: FlowStats) => number];

const OF_LEVELS: readonly OfLevel[] = [
  ["nominal_limit_seats", "Seats of a level when nobody borrows", ({ plan }) => plan.nominal],
  ["lower_limit_seats", "Seats that a level lends to nobody", ({ plan }) => plan.lower],
  ["upper_limit_seats", "Seats that a level may have when others lend theirs", ({ plan }) => plan.upper],
  ["current_limit_seats", "Seats of a level now", ({ plan, queues }) => (plan.isExempt ? plan.lower : queues.seats)],
  [
    "demand_seats_high_watermark",
    "Most seats wanted in the last period",
    ({ queues }) => queues.demand.last.highWatermark,
  ],
  ["demand_seats_average", "Seats wanted in the last period on average", ({ queues }) => queues.demand.last.average],
  ["demand_seats_stdev", "Their standard deviation", ({ queues }) => queues.demand.last.deviation],
  ["demand_seats_smoothed", "Seats wanted over the last periods", ({ queues }) => queues.demand.last.smoothed],
];

const OF_FLOWS: readonly OfFlow[] = [
  ["current_executing_requests", "Requests being answered", ({ executing }) => executing],
  ["current_executing_seats", "Seats of requests being answered", ({ executingSeats }) => executingSeats],
  ["current_inqueue_requests", "Requests that wait", ({ waiting }) => waiting],
  ["current_inqueue_seats", "Seats that requests wait for", ({ waitingSeats }) => waitingSeats],
];

/** Upstream's names. Upstream: apiserver/pkg/util/flowcontrol/metrics/metrics.go */
export function addFlowControlMetrics(registry: MetricsRegistry, controller: FlowController): void {
  const each = (gauge: Gauge<string>, show: (level: Level) => void) => {
    gauge.reset();
    for (const level of controller.levels.values()) show(level);
  };
  for (const [name, help, read] of OF_LEVELS)
    registry.gauge<string>({
      name: PREFIX + name,
      help,
      labels: ["priority_level"],
      collect: (gauge) => each(gauge, (level) => gauge.set({ priority_level: level.name }, read(level))),
    });
  for (const [name, help, read] of OF_FLOWS)
    registry.gauge<string>({
      name: PREFIX + name,
      help,
      labels: ["priority_level", "flow_schema"],
      collect: (gauge) =>
        each(gauge, ({ name: priority_level, stats }) => {
          for (const [flow_schema, one] of stats) gauge.set({ priority_level, flow_schema }, read(one));
        }),
    });
  addCounts(registry, controller);
  addDurations(registry, controller);
  registry.gauge({
    name: `${PREFIX}seat_fair_frac`,
    help: "Of what levels want, what each of them gets",
    collect: (gauge) => gauge.set(controller.fairShare),
  });
}

/** Shown as they are kept: a request that is let in changes a number and no more. */
function addCounts(registry: MetricsRegistry, controller: FlowController): void {
  const labels = ["priority_level", "flow_schema"];
  const each = (counter: Counter<string>, show: (stats: FlowStats, labels: Record<string, string>) => void) => {
    counter.reset();
    for (const { name: priority_level, stats } of controller.levels.values())
      for (const [flow_schema, one] of stats) show(one, { priority_level, flow_schema });
  };
  registry.counter<string>({
    name: `${PREFIX}dispatched_requests_total`,
    help: "Requests that were let in",
    labels,
    collect: (counter) => each(counter, ({ dispatched }, of) => counter.inc(of, dispatched)),
  });
  registry.counter<string>({
    name: `${PREFIX}rejected_requests_total`,
    help: "Requests that were sent away, and why",
    labels: [...labels, "reason"],
    collect: (counter) =>
      each(counter, ({ rejected }, of) => {
        for (const [reason, count] of rejected) counter.inc({ ...of, reason }, count);
      }),
  });
}

const BUCKETS = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];

function addDurations(registry: MetricsRegistry, controller: FlowController): void {
  const waits = registry.histogramVec({
    name: `${PREFIX}request_wait_duration_seconds`,
    help: "Seconds that requests waited that did not find a seat at once",
    buckets: BUCKETS,
  });
  const executions = registry.histogramVec({
    name: `${PREFIX}request_execution_seconds`,
    help: "Seconds that requests held their seats",
    buckets: BUCKETS,
  });
  const observers = new Map<string, FlowObserver>();
  controller.observe = (priority_level, flow_schema) => {
    const key = `${priority_level} ${flow_schema}`;
    const known = observers.get(key);
    if (known) return known;
    const labels = { priority_level, flow_schema };
    const [wait, execution] = [waits.with(labels), executions.with(labels)];
    const made = {
      waited: (ms: number) => wait.observe(ms / 1000),
      executed: (ms: number) => execution.observe(ms / 1000),
    };
    observers.set(key, made);
    return made;
  };
}
