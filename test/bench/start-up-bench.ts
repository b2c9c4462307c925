import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { ConfigMap } from "@dingi/api";
import { systemClock } from "@dingi/base";
import { Client } from "@dingi/client";
import { untilResolved } from "../../packages/cluster/src/commands/check-from-node.ts";
import type { ClusterStarter } from "./cluster/cluster.ts";
import { connectionOf } from "./connection.ts";
import { formatTable, median } from "./report.ts";
import type { BenchOptions } from "./options.ts";
import type { ServerStarter } from "./server/server.ts";

const NAME = "kubernetes.default.svc.cluster.local";
const READY_MS = 120_000;
const STEP_MS = 20;

/** Whose, and how long it took. */
type Timed = readonly [name: string, tookMs: number];

/** From the command to the first write, and to a ready node with cluster DNS. What is made once, certificates for instance, is included. */
export async function benchStartUp({ servers, clusters, rounds }: BenchOptions): Promise<void> {
  await compare(
    "Start to the first write",
    rounds,
    servers.map((start) => () => firstWrite(start)),
  );
  if (process.getuid?.() === 0)
    await compare(
      "Start to a ready node and cluster DNS",
      rounds,
      clusters.map((start) => () => nodeAndDns(start)),
    );
  else console.log("\nStart to a ready node and cluster DNS: not measured, since nodes need root");
}

async function firstWrite(start: ServerStarter): Promise<Timed> {
  const startMs = systemClock.monotonic();
  await using server = await start({ controllers: false });
  await using connection = connectionOf(server.kubeconfig);
  await new Client(connection).create(ConfigMap, { metadata: { namespace: "default", name: "first" } });
  return [server.name, systemClock.monotonic() - startMs];
}

async function nodeAndDns(start: ClusterStarter): Promise<Timed> {
  const startMs = systemClock.monotonic();
  await using cluster = await start();
  await untilNodeReady(cluster.kubeconfig);
  await untilResolved(cluster.nodePid, NAME, cluster.dnsAddress);
  return [cluster.name, systemClock.monotonic() - startMs];
}

async function untilNodeReady(kubeconfig: string): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const end = systemClock.monotonic() + READY_MS;
  for (;;) {
    const [node] = (await core.listNode()).items;
    if (node?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True")) return;
    if (systemClock.monotonic() > end) throw new Error(`The node was not ready within ${READY_MS / 1000} s`);
    await systemClock.sleep(STEP_MS);
  }
}

async function compare(title: string, rounds: number, starts: readonly (() => Promise<Timed>)[]): Promise<void> {
  const taken = new Map<string, number[]>();
  for (let round = 1; round <= rounds; round++) {
    for (const start of starts) {
      const [name, tookMs] = await start();
      taken.set(name, [...(taken.get(name) ?? []), tookMs]);
    }
  }
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  const rows = [...taken].map(([name, values]) => [
    name,
    ...[median(values), Math.min(...values), Math.max(...values)].map(seconds),
  ]);
  console.log(`\n${title}, ${rounds} times\n\n${formatTable(["", "median", "least", "most"], rows)}`);
}
