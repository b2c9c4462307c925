import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Node } from "@dingi/api";
import { describeCertificate, DINGI_VERSION, GIT_VERSION } from "@dingi/component-base";
import type { ClusterConfig } from "../config/cluster-config.ts";
import { describeEtcd } from "../config/etcd-config.ts";
import type { ClusterPaths } from "../config/paths.ts";
import { processUsage } from "../supervisor/process-usage.ts";
import { supervisorStatus } from "../supervisor/control-socket.ts";
import { adminClient } from "./admin-client.ts";
import { openCluster } from "./context.ts";

const CERTIFICATES = ["ca", "apiserver", "apiserver-kubelet-client", "front-proxy-ca", "front-proxy-client", "admin"];
const MIB = 1024 ** 2;

interface NodeReadiness {
  readonly name: string;
  readonly ready: boolean;
}

/** What runs of a cluster, what it uses, and until when its certificates hold. */
export async function status(name: string, output: string | undefined): Promise<void> {
  const { paths, config } = await openCluster(name);
  const running = await supervisorStatus(paths.socket);
  const processes = await Promise.all(
    (running?.processes ?? []).map(async (entry) => {
      const usage = await processUsage(entry.pid);
      return {
        ...entry,
        memory: { pss: usage?.pss ?? 0, rss: usage?.rss ?? 0 },
        cpu: Math.round((usage?.cpu ?? 0) * 100) / 100,
      };
    }),
  );
  const certificates = await Promise.all(
    CERTIFICATES.map(async (file) => {
      const pem = await readFile(join(paths.pki, `${file}.crt`), "utf8").catch(() => undefined);
      return { name: file, notAfter: pem ? new Date(describeCertificate(pem).notAfter).toISOString() : null };
    }),
  );
  const nodes =
    running?.phase === "running"
      ? await nodeStates(paths, config)
      : config.nodes.map((node) => ({ name: node.name, ready: false }));
  const report = {
    name,
    phase: running?.phase ?? "stopped",
    processes,
    nodes,
    versions: { dingi: DINGI_VERSION, kubernetes: GIT_VERSION, node: process.version },
    store: { type: config.store, ...(config.etcd ?? { path: paths.store }) },
    certificates,
  };
  if (output === "json") return void process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  process.stdout.write(
    `Cluster "${name}" is ${report.phase}; API https://127.0.0.1:${config.apiPort}, store ${storeText(config)}\n\n`,
  );
  process.stdout.write(
    `${"PROCESS".padEnd(15)} ${"NODE".padEnd(14)} ${"PID".padEnd(8)} ${"PSS".padEnd(9)} ${"RSS".padEnd(9)} CPU\n`,
  );
  for (const { role, node, pid, memory, cpu } of processes) {
    process.stdout.write(
      `${role.padEnd(15)} ${node.padEnd(14)} ${String(pid).padEnd(8)} ${`${Math.round(memory.pss / MIB)} MiB`.padEnd(9)} ${`${Math.round(memory.rss / MIB)} MiB`.padEnd(9)} ${cpu} %\n`,
    );
  }
  process.stdout.write(
    `\n${nodes.map((node) => `node ${node.name}: ${node.ready ? "Ready" : "NotReady"}`).join("\n")}\n`,
  );
}

/** What the API tells; when it does not answer, no node is known to be ready. */
async function nodeStates(paths: ClusterPaths, config: ClusterConfig): Promise<NodeReadiness[]> {
  try {
    await using client = await adminClient(paths, config);
    const { items } = await client.list(Node);
    return items.map(({ metadata, status: own }) => ({
      name: metadata.name ?? "",
      ready: own.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false,
    }));
  } catch {
    return config.nodes.map(({ name }) => ({ name, ready: false }));
  }
}

/** "sqlite", "etcd at https://10.0.0.1:2379 under /registry" */
function storeText({ store, etcd }: ClusterConfig): string {
  return etcd ? `${store} at ${describeEtcd(etcd)}` : store;
}
