import { Node, Pod, ServiceAccount } from "@dingi/api";
import { systemClock } from "@dingi/base";
import { Client, type HttpsTransport } from "@dingi/client";
import { connectionOf } from "./connection.ts";
import { inParallel } from "./in-parallel.ts";
import type { BenchOptions } from "./options.ts";
import { cpuSeconds, untilResting } from "./processes.ts";
import { formatTable } from "./report.ts";
import { nodeLabels, podOf, WORKLOADS, type Workload } from "./scheduling-workloads.ts";
import type { ServerStarter } from "./server/server.ts";

const PARALLEL = 16;
const NAMESPACE = "default";
/** One that never binds its last pod is no measurement. */
const LIMIT_MS = 600_000;

/**
 * How soon pods find nodes. API server and store have all of both before the scheduler starts, in a process of its own and
 * without a limit on its requests; the time is from its start to the last binding, and its CPU counts with the servers'.
 */
export async function benchScheduling({ servers, pods, nodes, workloads }: BenchOptions): Promise<void> {
  for (const workload of chosen(workloads)) {
    const rows: string[][] = [];
    for (const start of servers) {
      process.stderr.write(`Scheduling ${pods} pods on ${nodes} nodes: ${workload.name}\n`);
      rows.push(await measure(start, { workload, pods, nodes }));
    }
    const header = ["", "seconds", "pods/s", "pods/CPU-s", "scheduler's CPU-s", "servers' CPU-s"];
    console.log(`\n${workload.name}: ${pods} pods on ${nodes} nodes\n\n${formatTable(header, rows)}`);
  }
}

function chosen(names: readonly string[]): readonly Workload[] {
  const unknown = names.filter((name) => !WORKLOADS.some((workload) => workload.name === name));
  if (unknown.length > 0)
    throw new Error(
      `There is no workload "${unknown.join('", "')}"; there are ${WORKLOADS.map(({ name }) => name).join(", ")}`,
    );
  return names.length === 0 ? WORKLOADS : WORKLOADS.filter(({ name }) => names.includes(name));
}

interface Work {
  readonly workload: Workload;
  readonly pods: number;
  readonly nodes: number;
}

async function measure(start: ServerStarter, work: Work): Promise<string[]> {
  await using server = await start({ controllers: false });
  await using connection = connectionOf(server.kubeconfig);
  await fill(new Client(connection), work);
  await untilResting(server.pids);
  const bindings = new Bindings(connection, work.pods);
  await bindings.opened;
  const before = cpuSeconds(server.pids);
  const startMs = systemClock.monotonic();
  await using scheduler = await server.startScheduler();
  const { firstMs, lastMs } = await bindings.all(() => scheduler.failure());
  const own = cpuSeconds([scheduler.pid]);
  const servers = cpuSeconds(server.pids) - before;
  return [
    server.name,
    ((lastMs - startMs) / 1000).toFixed(2),
    ((1000 * (work.pods - 1)) / (lastMs - firstMs)).toFixed(0),
    (work.pods / (own + servers)).toFixed(0),
    own.toFixed(2),
    servers.toFixed(2),
  ];
}

/** Everything is there, and the nodes are ready, before there is a scheduler. */
async function fill(client: Client, { workload, pods, nodes }: Work): Promise<void> {
  await client.create(ServiceAccount, { metadata: { namespace: NAMESPACE, name: "default" } }).catch(() => {});
  await inParallel(nodes, PARALLEL, async (i) => {
    const key = { namespace: "", name: `node-${i}` };
    await client.create(Node, { metadata: { name: key.name, labels: nodeLabels(i) } } as never);
    await client.patch(Node, key, { status: STATUS }, { type: "merge", subresource: "status" });
    // What admission gives a new node, and a controller takes away again.
    await client.patch(Node, key, { spec: { taints: null } }, { type: "merge" });
  });
  await inParallel(pods, PARALLEL, async (i) => {
    const pod = podOf(workload, i, nodes);
    await client.create(Pod, { ...pod, metadata: { ...pod.metadata, namespace: NAMESPACE } } as never);
  });
}

/** When the first and the last pod was seen on a node, by one watch that selects those that are. */
class Bindings {
  readonly opened: Promise<void>;
  readonly #times: Promise<{ readonly firstMs: number; readonly lastMs: number }>;

  constructor(connection: HttpsTransport, pods: number) {
    const opened = Promise.withResolvers<void>();
    this.opened = opened.promise;
    this.#times = watchBindings(connection, pods, opened.resolve);
    this.#times.catch(opened.reject);
  }

  /** Throws as soon as the scheduler has failed. */
  async all(failure: () => Error | undefined): Promise<{ readonly firstMs: number; readonly lastMs: number }> {
    const stop = new AbortController();
    const watched = (async () => {
      while (!stop.signal.aborted) {
        const error = failure();
        if (error) throw error;
        await systemClock.sleep(100, stop.signal).catch(() => {});
      }
      return await this.#times;
    })();
    try {
      return await Promise.race([this.#times, watched]);
    } finally {
      stop.abort();
    }
  }
}

async function watchBindings(connection: HttpsTransport, pods: number, opened: () => void) {
  const signal = systemClock.deadline(LIMIT_MS);
  const seen = new Set<string>();
  let [firstMs, since] = [0, "0"];
  // A server may end a watch that does not take its events fast enough; then it goes on where that one was.
  while (seen.size < pods) {
    for await (const { metadata } of boundPods(connection, { since, signal, opened })) {
      firstMs ||= systemClock.monotonic();
      since = metadata.resourceVersion;
      seen.add(metadata.name);
      if (seen.size === pods) break;
    }
  }
  return { firstMs, lastMs: systemClock.monotonic() };
}

interface BoundPod {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
}

async function* boundPods(
  connection: HttpsTransport,
  { since, signal, opened }: { readonly since: string; readonly signal: AbortSignal; readonly opened: () => void },
): AsyncGenerator<BoundPod> {
  const query = new URLSearchParams({ watch: "true", fieldSelector: "spec.nodeName!=", resourceVersion: since });
  const path = `/api/v1/namespaces/${NAMESPACE}/pods`;
  await using response = await connection.stream({ method: "GET", path, query, signal });
  opened();
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const { type, object } = JSON.parse(line) as { type: string; object: BoundPod };
      if (type === "ERROR") throw new Error(`The watch failed: ${line}`);
      yield object;
    }
  }
}

const AMOUNT = { cpu: "32", memory: "64Gi", pods: "110" };
const STATUS = {
  capacity: AMOUNT,
  allocatable: AMOUNT,
  conditions: [{ type: "Ready", status: "True", reason: "Bench", message: "" }],
};
