// Measures an API server's work per second of its own CPU. Usage: node test/bench/api.ts KUBECONFIG PID[,PID…] [PODS]
// The pids are those of the server and its store, on this machine; the server must be on loopback.
import { readFileSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import { ConfigMap, Pod, ServiceAccount } from "@dingi/api";
import { Client, HttpsTransport } from "@dingi/client";
import { systemClock } from "@dingi/base";

const NAMESPACE = "bench";
const TICKS_PER_SECOND = 100;
const PARALLEL = 16;
const WATCHERS = 100;

const [kubeconfig = "", pidList = "", podText = "1000"] = process.argv.slice(2);
const pids = pidList.split(",").map(Number);
const podCount = Number(podText);

function cpuSeconds(): number {
  return pids.reduce((sum, pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return sum + (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }, 0);
}

function transport(): HttpsTransport {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const cluster = config.getCurrentCluster()!;
  const user = config.getCurrentUser()!;
  if (!/^https:\/\/(127\.|localhost)/.test(cluster.server)) throw new Error(`"${cluster.server}" is not on loopback`);
  const pem = (data: string | undefined, file: string | undefined) =>
    data ? Buffer.from(data, "base64").toString() : readFileSync(file!, "utf8");
  return new HttpsTransport({
    server: cluster.server,
    ca: pem(cluster.caData, cluster.caFile),
    cert: pem(user.certData, user.certFile),
    key: pem(user.keyData, user.keyFile),
    userAgent: "bench",
  });
}

const connections = Array.from({ length: 4 }, transport);
const clients = connections.map((connection) => new Client(connection));

async function measure(name: string, count: number, work: (i: number) => Promise<unknown>): Promise<void> {
  const times: number[] = [];
  let next = 0;
  const cpu = cpuSeconds();
  const start = systemClock.monotonic();
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (let i = next++; i < count; i = next++) {
        const at = systemClock.monotonic();
        await work(i);
        times.push(systemClock.monotonic() - at);
      }
    }),
  );
  report(name, count, { cpu: cpuSeconds() - cpu, seconds: (systemClock.monotonic() - start) / 1000, times });
}

function report(
  name: string,
  count: number,
  { cpu, seconds, times }: { cpu: number; seconds: number; times: number[] },
): void {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2);
  console.log(
    `${name.padEnd(22)} ${(count / cpu).toFixed(0).padStart(8)} per CPU-s ${(count / seconds).toFixed(0).padStart(8)} per s   p50 ${at(0.5)} ms   p99 ${at(0.99)} ms`,
  );
}

const pick = (i: number): Client => clients[i % clients.length]!;
const pod = (i: number) => ({
  metadata: {
    name: `pod-${i}`,
    namespace: NAMESPACE,
    labels: { app: "bench", index: String(i) },
    annotations: { filler: "x".repeat(1200) },
  },
  spec: {
    schedulerName: "nobody",
    containers: [{ name: "main", image: "registry.example/image:1", env: [{ name: "A", value: "b" }], resources: {} }],
  },
});

async function raw(i: number, path: string, query = ""): Promise<void> {
  await using response = await connections[i % connections.length]!.stream({
    method: "GET",
    path,
    query: new URLSearchParams(query),
  });
  for await (const _chunk of response.body);
}

const pods = `/api/v1/namespaces/${NAMESPACE}/pods`;
await clients[0]!
  .stream({
    method: "POST",
    path: "/api/v1/namespaces",
    query: new URLSearchParams(),
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
  })
  .catch(() => {});
// A server without controllers has nobody to make it.
await clients[0]!.create(ServiceAccount, { metadata: { name: "default", namespace: NAMESPACE } }).catch(() => {});
await systemClock.sleep(1500);
await measure("create pod", podCount, (i) => pick(i).create(Pod, pod(i) as never));
await measure("get pod", 5 * podCount, (i) => raw(i, `${pods}/pod-${i % podCount}`));
await measure("merge patch pod", podCount, (i) =>
  pick(i).patch(
    Pod,
    { namespace: NAMESPACE, name: `pod-${i}` },
    { metadata: { labels: { patched: String(i) } } },
    { type: "merge" },
  ),
);
await measure(`list ${podCount} pods`, 40, (i) => raw(i, pods));
await measure("create configmap", podCount, (i) =>
  pick(i).create(ConfigMap, { metadata: { name: `map-${i}`, namespace: NAMESPACE }, data: { a: "b" } }),
);
await fanOut(200);
await measure("delete pod", podCount, (i) =>
  pick(i).delete(Pod as never, { namespace: NAMESPACE, name: `pod-${i}` }, { gracePeriodSeconds: 0 }),
);
for (const name of ["configmaps", "pods"])
  await close(
    connections[0]!.stream({
      method: "DELETE",
      path: `/api/v1/namespaces/${NAMESPACE}/${name}`,
      query: new URLSearchParams(),
    }),
  );
for (const connection of connections) await connection[Symbol.asyncDispose]();

async function close(work: Promise<AsyncDisposable>): Promise<void> {
  await using _done = await work;
}

/** Each write reaches every watcher; counted are deliveries. */
async function fanOut(writes: number): Promise<void> {
  const stop = new AbortController();
  let delivered = 0;
  const all = Promise.withResolvers<void>();
  const watchers = Array.from({ length: WATCHERS }, async (_, i) => {
    const query = new URLSearchParams({ watch: "true", labelSelector: "fan=out" });
    await using response = await connections[i % connections.length]!.stream({
      method: "GET",
      path: `/api/v1/namespaces/${NAMESPACE}/configmaps`,
      query,
      signal: stop.signal,
    });
    for await (const chunk of response.body) {
      for (const byte of chunk) if (byte === 0x0a) delivered++;
      if (delivered >= WATCHERS * writes) all.resolve();
    }
  });
  await systemClock.sleep(1000);
  const cpu = cpuSeconds();
  const start = systemClock.monotonic();
  for (let i = 0; i < writes; i++)
    await clients[0]!.create(ConfigMap, {
      metadata: { name: `fan-${i}`, namespace: NAMESPACE, labels: { fan: "out" } },
      data: { filler: "x".repeat(500) },
    });
  await all.promise;
  report("watch deliveries", WATCHERS * writes, {
    cpu: cpuSeconds() - cpu,
    seconds: (systemClock.monotonic() - start) / 1000,
    times: [],
  });
  stop.abort(new Error("done"));
  await Promise.allSettled(watchers);
}
