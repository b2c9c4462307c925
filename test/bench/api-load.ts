import { ConfigMap, Namespace, Pod, ServiceAccount } from "@dingi/api";
import { systemClock } from "@dingi/base";
import { Client, type HttpsTransport } from "@dingi/client";
import { connectionOf } from "./connection.ts";
import { cpuSeconds, untilResting } from "./processes.ts";
import type { MeasuredServer } from "./server/server.ts";
import { inParallel } from "./in-parallel.ts";

const NAMESPACE = "bench";
const CONNECTIONS = 4;
const WATCHERS = 200;
/** Long against a garbage collection, of which each takes a quarter of a CPU-second. */
const FAN_OUT_WRITES = 1000;
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;

/** One kind of work on one server. */
export interface Measurement {
  readonly work: string;
  readonly operations: number;
  readonly cpuSeconds: number;
  readonly seconds: number;
  /** Of each operation, ascending; empty where they are not told apart. */
  readonly milliseconds: readonly number[];
}

/** The same requests for whatever server; what it makes, it deletes. */
export class ApiLoad implements AsyncDisposable {
  readonly #pids: readonly number[];
  readonly #kubeconfig: string;
  readonly #pods: number;
  readonly #connections: readonly HttpsTransport[];
  readonly #clients: readonly Client[];

  private constructor(server: MeasuredServer, pods: number) {
    this.#pids = server.pids;
    this.#kubeconfig = server.kubeconfig;
    this.#pods = pods;
    this.#connections = Array.from({ length: CONNECTIONS }, () => connectionOf(server.kubeconfig));
    this.#clients = this.#connections.map((connection) => new Client(connection));
  }

  static async open(server: MeasuredServer, pods: number): Promise<ApiLoad> {
    const load = new ApiLoad(server, pods);
    const [client] = load.#clients;
    await client!.create(Namespace, { metadata: { name: NAMESPACE } });
    // A server without controllers has nobody to make it.
    await client!.create(ServiceAccount, { metadata: { name: "default", namespace: NAMESPACE } }).catch(() => {});
    return load;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#connections) await connection[Symbol.asyncDispose]();
  }

  /** All kinds of work, one after the other. */
  async *run(): AsyncGenerator<Measurement> {
    const count = this.#pods;
    const key = (i: number) => ({ namespace: NAMESPACE, name: `pod-${i}` });
    yield await this.#measure("create pod", count, (i) => this.#client(i).create(Pod, podOf(i) as never));
    yield await this.#measure("get pod", 5 * count, (i) => this.#read(i, `${PODS}/pod-${i % count}`));
    yield await this.#measure("get pod, protobuf", 5 * count, (i) =>
      this.#read(i, `${PODS}/pod-${i % count}`, "application/vnd.kubernetes.protobuf"),
    );
    yield await this.#measure("get what is missing", count, (i) => this.#read(i, `${PODS}/none-${i}`).catch(() => {}));
    yield await this.#measure("merge patch", count, (i) =>
      this.#client(i).patch(Pod, key(i), { metadata: { labels: { patched: `m${i}` } } }, { type: "merge" }),
    );
    yield await this.#measure("apply patch", count, (i) =>
      this.#client(i).patch(
        ConfigMap,
        { namespace: NAMESPACE, name: `applied-${i % 100}` },
        { metadata: { namespace: NAMESPACE, name: `applied-${i % 100}` }, data: { a: String(i) } },
        { type: "apply", fieldManager: "bench" },
      ),
    );
    yield await this.#measure(`list ${count} pods`, 60, (i) => this.#read(i, PODS), 4);
    yield await this.#measure(
      `list, protobuf`,
      60,
      (i) => this.#read(i, PODS, "application/vnd.kubernetes.protobuf"),
      4,
    );
    yield await this.#measure(
      "list as a table",
      20,
      (i) => this.#read(i, PODS, "application/json;as=Table;v=v1;g=meta.k8s.io"),
      4,
    );
    yield await this.#measure(
      "list that selects none",
      4 * 60,
      (i) => this.#read(i, `${PODS}?labelSelector=no%3Dne`),
      4,
    );
    yield await this.#measure("create configmap", count, (i) =>
      this.#client(i).create(ConfigMap, configMapOf(`map-${i}`)),
    );
    yield await this.#fanOut();
    yield await this.#measure("delete pod", count, (i) =>
      this.#client(i).delete(Pod as never, key(i), { gracePeriodSeconds: 0 }),
    );
    await this.#read(0, `/api/v1/namespaces/${NAMESPACE}/configmaps`, undefined, "DELETE");
  }

  #client(i: number): Client {
    return this.#clients[i % CONNECTIONS]!;
  }

  async #read(i: number, path: string, accept = "application/json", method: "GET" | "DELETE" = "GET"): Promise<void> {
    const [pathname = "", query = ""] = path.split("?");
    await using response = await this.#connections[i % CONNECTIONS]!.stream({
      method,
      path: pathname,
      query: new URLSearchParams(query),
      accept,
    });
    for await (const _chunk of response.body);
  }

  async #measure(
    work: string,
    operations: number,
    operate: (i: number) => Promise<unknown>,
    parallel = 16,
  ): Promise<Measurement> {
    const milliseconds: number[] = [];
    const cpu = cpuSeconds(this.#pids);
    const start = systemClock.monotonic();
    await inParallel(operations, parallel, async (i) => {
      const at = systemClock.monotonic();
      await operate(i);
      milliseconds.push(systemClock.monotonic() - at);
    });
    return {
      work,
      operations,
      cpuSeconds: cpuSeconds(this.#pids) - cpu,
      seconds: (systemClock.monotonic() - start) / 1000,
      milliseconds: milliseconds.sort((a, b) => a - b),
    };
  }

  /** Each write reaches every watcher, of which each has a connection of its own; counted are deliveries. */
  async #fanOut(): Promise<Measurement> {
    const stop = new AbortController();
    const opened: Promise<void>[] = [];
    const watchers = Array.from({ length: WATCHERS }, () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      opened.push(promise);
      return this.#watch(1 + FAN_OUT_WRITES, resolve, stop.signal);
    });
    // What opening costs the server is over when each watcher has been told of something and the server rests.
    await this.#client(0).create(ConfigMap, { ...configMapOf("fan-first", "x".repeat(500)) });
    await Promise.all(opened);
    await untilResting(this.#pids);
    const cpu = cpuSeconds(this.#pids);
    const start = systemClock.monotonic();
    await inParallel(FAN_OUT_WRITES, 16, (i) =>
      this.#client(i).create(ConfigMap, { ...configMapOf(`fan-${i}`, "x".repeat(500)) }),
    );
    await Promise.all(watchers);
    const measured = {
      work: `deliveries to ${WATCHERS} watchers`,
      operations: WATCHERS * FAN_OUT_WRITES,
      cpuSeconds: cpuSeconds(this.#pids) - cpu,
      seconds: (systemClock.monotonic() - start) / 1000,
      milliseconds: [],
    };
    stop.abort(new Error("Everything was delivered"));
    return measured;
  }

  /** `told` is called when the first event has come. */
  async #watch(events: number, told: () => void, signal: AbortSignal): Promise<void> {
    await using connection = connectionOf(this.#kubeconfig);
    const query = new URLSearchParams({ watch: "true", labelSelector: "fan=out", resourceVersion: "0" });
    await using response = await connection.stream({
      method: "GET",
      path: `/api/v1/namespaces/${NAMESPACE}/configmaps`,
      query,
      signal,
    });
    let seen = 0;
    for await (const chunk of response.body) {
      for (const byte of chunk) if (byte === 0x0a) seen++;
      told();
      if (seen >= events) return;
    }
  }
}

/** About 2 KB as stored, with what a Deployment's pod usually has. */
function podOf(i: number) {
  return {
    metadata: {
      name: `pod-${i}`,
      namespace: NAMESPACE,
      labels: { app: "bench", index: String(i) },
      annotations: { filler: "x".repeat(1200) },
    },
    spec: {
      schedulerName: "nobody",
      containers: [
        { name: "main", image: "registry.example/image:1", env: [{ name: "A", value: "b" }], resources: {} },
      ],
    },
  };
}

function configMapOf(name: string, filler = "b") {
  const labels = filler.length > 1 ? { fan: "out" } : {};
  return { metadata: { name, namespace: NAMESPACE, labels }, data: { a: filler } };
}
