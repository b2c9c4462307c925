/** One measurement of something that runs. */
export interface Point {
  /** Processor time since its start, in nanoseconds. */
  readonly cpuNanoSeconds: number;
  readonly memoryBytes: number;
  readonly timeMs: number;
  /** Absent for nodes. */
  readonly startMs?: number | undefined;
}

/** What a kubelet tells of its node and containers. */
export interface NodePoints {
  readonly node: Point | undefined;
  /** By namespace and name of the pod, then by container. */
  readonly pods: ReadonlyMap<string, ReadonlyMap<string, Point>>;
}

type Draft = { -readonly [K in keyof Point]?: Point[K] };

/** By the families that count: the field, and how many of its units are in one of Prometheus'. */
const FAMILIES: ReadonlyMap<string, readonly [field: "cpuNanoSeconds" | "memoryBytes" | "startMs", factor: number]> =
  new Map([
    ["node_cpu_usage_seconds_total", ["cpuNanoSeconds", 1e9]],
    ["node_memory_working_set_bytes", ["memoryBytes", 1]],
    ["container_cpu_usage_seconds_total", ["cpuNanoSeconds", 1e9]],
    ["container_memory_working_set_bytes", ["memoryBytes", 1]],
    ["container_start_time_seconds", ["startMs", 1000]],
  ]);

const LINE = /^([a-z_]+)(?:\{([^}]*)\})? ([^ ]+)(?: (\d+))?$/;
const LABEL = /([a-z]+)="([^"]*)"/g;

/**
 * Reads Prometheus' text format, of which kubelets use only a little: their labels are names of objects, in which nothing is
 * escaped. What is not known is skipped. As in metrics-server, pkg/scraper/client/resource/decode.go
 */
export function parseResourceMetrics(text: string): NodePoints {
  const node: Draft = {};
  const pods = new Map<string, Map<string, Draft>>();
  for (const line of text.split("\n")) {
    const sample = sampleOf(line);
    if (!sample) continue;
    const { name, labels, field, value, timeMs } = sample;
    const point = name.startsWith("node_") ? node : containerOf(pods, labels);
    point[field] = value;
    // Of two times the earlier: what was measured later is at least as old.
    if (timeMs !== undefined) point.timeMs = Math.min(timeMs, point.timeMs ?? Infinity);
  }
  return { node: whole(node), pods: new Map([...pods].map(([pod, containers]) => [pod, allWhole(containers)])) };
}

interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly field: "cpuNanoSeconds" | "memoryBytes" | "startMs";
  readonly value: number;
  readonly timeMs: number | undefined;
}

function sampleOf(line: string): Sample | undefined {
  const [, name = "", labels = "", text = "", time] = LINE.exec(line) ?? [];
  const family = FAMILIES.get(name);
  const number = Number(text);
  if (!family || !(number >= 0 && number < Infinity)) return undefined;
  const [field, factor] = family;
  const timeMs = time === undefined ? undefined : Number(time);
  return { name, labels, field, value: Math.round(number * factor), timeMs };
}

function containerOf(pods: Map<string, Map<string, Draft>>, labels: string): Draft {
  const found = new Map([...labels.matchAll(LABEL)].map(([, name = "", value = ""]) => [name, value]));
  const pod = `${found.get("namespace")}/${found.get("pod")}`;
  const containers = pods.get(pod) ?? new Map<string, Draft>();
  pods.set(pod, containers);
  const container = found.get("container") ?? "";
  const point = containers.get(container) ?? {};
  containers.set(container, point);
  return point;
}

/** A pod of which not all containers are known is not known: its sum would be too small. */
function allWhole(containers: ReadonlyMap<string, Draft>): ReadonlyMap<string, Point> {
  const points = [...containers].flatMap(([name, draft]): [string, Point][] => {
    const point = whole(draft);
    return point ? [[name, point]] : [];
  });
  return new Map(points.length === containers.size ? points : []);
}

function whole({ cpuNanoSeconds, memoryBytes, timeMs, startMs }: Draft): Point | undefined {
  if (cpuNanoSeconds === undefined || memoryBytes === undefined || timeMs === undefined) return undefined;
  return { cpuNanoSeconds, memoryBytes, timeMs, startMs };
}
