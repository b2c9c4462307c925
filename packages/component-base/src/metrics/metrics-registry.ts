import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { CounterVec, HistogramVec } from "./metric-vec.ts";

export type { Counter, Gauge, Histogram } from "prom-client";

export interface MetricOptions<Label extends string> {
  /** Upstream's name where upstream has it. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
}

interface CounterOptions<Label extends string> extends MetricOptions<Label> {
  /** Called at each scrape: for what somebody else counts already. */
  readonly collect?: (counter: Counter<Label>) => void;
}

export interface GaugeOptions<Label extends string> extends MetricOptions<Label> {
  /** Called at each scrape: for what is cheaper to look up than to keep. */
  readonly collect?: (gauge: Gauge<Label>) => void | Promise<void>;
}

export interface HistogramOptions<Label extends string> extends MetricOptions<Label> {
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
}

/** What one process measures, in Prometheus' text format. It runs no timer: everything is collected by a scrape. */
export class MetricsRegistry {
  readonly #registry = new Registry();

  counter<Label extends string = never>({ name, help, labels = [], collect }: CounterOptions<Label>): Counter<Label> {
    const counter: Counter<Label> = new Counter<Label>({
      name,
      help,
      labelNames: labels,
      registers: [this.#registry],
      ...(collect && { collect: () => collect(counter) }),
    });
    return counter;
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

  /** A counter for hot paths. */
  counterVec(own: { readonly name: string; readonly help: string }): CounterVec {
    return new CounterVec(this.#registry, own);
  }

  /** A histogram for hot paths. */
  histogramVec(own: {
    readonly name: string;
    readonly help: string;
    readonly buckets: readonly number[];
  }): HistogramVec {
    return new HistogramVec(this.#registry, own);
  }

  /** The answer to GET /metrics. */
  async scrape(): Promise<{ readonly contentType: string; readonly body: string }> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }
}
