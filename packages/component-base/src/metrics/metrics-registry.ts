import type { Clock } from "@dingi/base";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { VersionInfo } from "../version/version.ts";
import { addProcessMetrics } from "./process-metrics.ts";

export interface MetricOptions<Label extends string> {
  /** Upstream's name where upstream has it. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
}

export interface GaugeOptions<Label extends string> extends MetricOptions<Label> {
  /** Called at each scrape: for what is cheaper to look up than to keep. */
  readonly collect?: (gauge: Gauge<Label>) => void | Promise<void>;
}

export interface HistogramOptions<Label extends string> extends MetricOptions<Label> {
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
}

export interface MetricsRegistryOptions {
  /** Where given, the process shows its CPU time, memory and files. */
  readonly clock?: Clock;
  /** Where given, `kubernetes_build_info` is shown. */
  readonly version?: VersionInfo;
}

/** What one process measures, in Prometheus' text format. It runs no timer: everything is collected by a scrape. */
export class MetricsRegistry {
  readonly #registry = new Registry();

  constructor({ clock, version }: MetricsRegistryOptions = {}) {
    if (clock) addProcessMetrics(this, clock);
    if (version) addBuildInfo(this, version);
  }

  counter<Label extends string = never>({ name, help, labels = [] }: MetricOptions<Label>): Counter<Label> {
    return new Counter<Label>({ name, help, labelNames: labels, registers: [this.#registry] });
  }

  gauge<Label extends string = never>({ name, help, labels = [], collect }: GaugeOptions<Label>): Gauge<Label> {
    const gauge: Gauge<Label> = new Gauge<Label>({
      name,
      help,
      labelNames: labels,
      registers: [this.#registry],
      ...(collect && { collect: () => collect(gauge) }),
    });
    return gauge;
  }

  histogram<Label extends string = never>({
    name,
    help,
    labels = [],
    buckets,
  }: HistogramOptions<Label>): Histogram<Label> {
    return new Histogram<Label>({ name, help, labelNames: labels, buckets: [...buckets], registers: [this.#registry] });
  }

  /** The answer to GET /metrics. */
  async scrape(): Promise<{ readonly contentType: string; readonly body: string }> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }
}

function addBuildInfo(registry: MetricsRegistry, version: VersionInfo): void {
  const { major, minor, gitVersion, gitCommit, gitTreeState, buildDate, goVersion, compiler, platform } = version;
  const labels = {
    major,
    minor,
    git_version: gitVersion,
    git_commit: gitCommit,
    git_tree_state: gitTreeState,
    build_date: buildDate,
    go_version: goVersion,
    compiler,
    platform,
  };
  const names = Object.keys(labels) as (keyof typeof labels)[];
  registry
    .gauge({ name: "kubernetes_build_info", help: "Which version this is; the value is always 1", labels: names })
    .set(labels, 1);
}
