import type { Metric, MetricValueWithName, Registry } from "prom-client";

type Labels = Readonly<Record<string, string>>;

/** One measured series: labels are looked up once, not at every count. */
export interface CounterChild {
  inc(): void;
}

export interface HistogramChild {
  observe(value: number): void;
}

/** A counter whose children are kept by who counts: for paths where finding a series by its labels would show. */
export class CounterVec {
  readonly #children: { readonly labels: Labels; value: number }[] = [];

  constructor(registry: Registry, own: { readonly name: string; readonly help: string }) {
    register(registry, { ...own, type: "counter" }, () =>
      this.#children.map(({ labels, value }) => ({ metricName: own.name, labels, value })),
    );
  }

  /** Ask once per combination of labels. */
  with(labels: Labels): CounterChild {
    const child = { labels, value: 0 };
    this.#children.push(child);
    return { inc: () => void child.value++ };
  }
}

interface Distribution {
  readonly labels: Labels;
  /** One more than there are bounds; not cumulative. */
  readonly counts: number[];
  sum: number;
}

export class HistogramVec {
  readonly #bounds: readonly number[];
  readonly #children: Distribution[] = [];

  /** @param own `buckets`: upper bounds, ascending. */
  constructor(
    registry: Registry,
    own: { readonly name: string; readonly help: string; readonly buckets: readonly number[] },
  ) {
    this.#bounds = own.buckets;
    register(registry, { name: own.name, help: own.help, type: "histogram" }, () =>
      this.#children.flatMap((child) => seriesOf(own.name, this.#bounds, child)),
    );
  }

  /** Ask once per combination of labels. */
  with(labels: Labels): HistogramChild {
    const child: Distribution = { labels, counts: Array.from({ length: this.#bounds.length + 1 }, () => 0), sum: 0 };
    this.#children.push(child);
    return {
      observe: (value) => {
        child.sum += value;
        let bucket = 0;
        while (bucket < this.#bounds.length && value > this.#bounds[bucket]!) bucket++;
        child.counts[bucket]!++;
      },
    };
  }
}

function seriesOf(name: string, bounds: readonly number[], { labels, counts, sum }: Distribution) {
  let total = 0;
  const buckets = counts.map((count, i) => {
    total += count;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: String(bounds[i] ?? "+Inf") }, value: total };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: total },
  ];
}

function register(
  registry: Registry,
  own: { readonly name: string; readonly help: string; readonly type: "counter" | "histogram" },
  values: () => MetricValueWithName<string>[],
): void {
  const metric = { ...own, get: () => Promise.resolve({ ...own, aggregator: "sum", values: values() }) };
  registry.registerMetric(metric as unknown as Metric);
}
