import type { ContainerStats, PodStats, Summary } from "./summary.ts";

const NANO = 1e9;

interface Sample {
  readonly labels: string;
  readonly value: number;
  /** When it was measured; absent for what does not change. */
  readonly timeMs?: number;
}

interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/**
 * What a node and its pods use, in Prometheus' text format, families and samples by their names; where nothing could be
 * measured it says no more than that. Upstream: pkg/kubelet/metrics/collectors/resource_metrics.go
 */
export function resourceMetrics(summary: Summary | undefined): string {
  const failed = { labels: "", value: summary ? 0 : 1 };
  const families = [...(summary ? familiesOf(summary) : []), errors(failed)];
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, type, samples }) => {
      const lines = samples.map(({ labels, value, timeMs }) => `${name}${labels} ${goFloat(value)}${stamp(timeMs)}`);
      return [`# HELP ${name} [STABLE] ${help}`, `# TYPE ${name} ${type}`, ...lines.toSorted(), ""].join("\n");
    })
    .join("");
}

const errors = (failed: Sample): Family => ({
  name: "resource_scrape_error",
  type: "gauge",
  help: "1 if there was an error while getting container metrics, 0 otherwise",
  samples: [failed],
});

function familiesOf({ node, pods }: Summary): Family[] {
  const containers = pods.flatMap((pod) => pod.containers.map((container) => ({ pod, container })));
  const ofContainers = (measure: (container: ContainerStats) => Omit<Sample, "labels"> | undefined): Sample[] =>
    containers.flatMap(({ pod, container }) => labelled(labelsOf(pod, container), measure(container)));
  const ofPods = (measure: (pod: PodStats) => Omit<Sample, "labels"> | undefined): Sample[] =>
    pods.flatMap((pod) => labelled(labelsOf(pod), measure(pod)));
  return [
    {
      name: "container_cpu_usage_seconds_total",
      type: "counter",
      help: "Cumulative cpu time consumed by the container in core-seconds",
      samples: ofContainers(cpuOf),
    },
    {
      name: "container_memory_working_set_bytes",
      type: "gauge",
      help: "Current working set of the container in bytes",
      samples: ofContainers(memoryOf),
    },
    {
      name: "container_start_time_seconds",
      type: "gauge",
      help: "Start time of the container since unix epoch in seconds",
      samples: ofContainers(({ startTimeMs }) => ({ value: startTimeMs / 1000 })),
    },
    {
      name: "node_cpu_usage_seconds_total",
      type: "counter",
      help: "Cumulative cpu time consumed by the node in core-seconds",
      samples: labelled("", cpuOf(node)),
    },
    {
      name: "node_memory_working_set_bytes",
      type: "gauge",
      help: "Current working set of the node in bytes",
      samples: labelled("", memoryOf(node)),
    },
    {
      name: "pod_cpu_usage_seconds_total",
      type: "counter",
      help: "Cumulative cpu time consumed by the pod in core-seconds",
      samples: ofPods(cpuOf),
    },
    {
      name: "pod_memory_working_set_bytes",
      type: "gauge",
      help: "Current working set of the pod in bytes",
      samples: ofPods(memoryOf),
    },
  ];
}

function labelled(labels: string, sample: Omit<Sample, "labels"> | undefined): Sample[] {
  return sample ? [{ labels, ...sample }] : [];
}

type Measured = Pick<ContainerStats, "cpu" | "memory">;

function cpuOf({ cpu }: Measured): Omit<Sample, "labels"> | undefined {
  if (cpu?.usageCoreNanoSeconds === undefined) return undefined;
  return { value: cpu.usageCoreNanoSeconds / NANO, timeMs: cpu.timeMs };
}

function memoryOf({ memory }: Measured): Omit<Sample, "labels"> | undefined {
  return memory?.workingSetBytes === undefined ? undefined : { value: memory.workingSetBytes, timeMs: memory.timeMs };
}

/** Their values are names of objects, in which there is nothing to escape. */
function labelsOf({ podRef }: PodStats, container?: ContainerStats): string {
  const own = container ? `container="${container.name}",` : "";
  return `{${own}namespace="${podRef.namespace}",pod="${podRef.name}"}`;
}

const stamp = (timeMs: number | undefined): string => (timeMs === undefined ? "" : ` ${Math.round(timeMs)}`);

/** As Go writes the shortest form of a number. */
function goFloat(value: number): string {
  const [mantissa = "", exponent = "0"] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
