import { Node, Pod, ServiceAccount } from "@dingi/api";
import { systemClock } from "@dingi/base";
import { Client } from "@dingi/client";
import { connectionOf } from "./connection.ts";
import { cpuSeconds } from "./processes.ts";
import { formatTable } from "./report.ts";
import type { BenchOptions } from "./options.ts";
import type { MeasuredServer } from "./server/server.ts";
import { inParallel } from "./in-parallel.ts";

const PARALLEL = 16;
const NAMESPACE = "default";
const POLL_MS = 100;

/** Pods that already wait when a scheduler finds nodes for them: API server, store, controllers and scheduler together. */
export async function benchScheduling({ servers, pods, nodes }: BenchOptions): Promise<void> {
  const rows: string[][] = [];
  for (const start of servers) {
    process.stderr.write(`Scheduling ${pods} pods on ${nodes} nodes\n`);
    await using server = await start({ controllers: true });
    const { seconds, cpu } = await schedule(server, pods, nodes);
    rows.push([server.name, (pods / seconds).toFixed(0), (pods / cpu).toFixed(0)]);
  }
  console.log(`\n${pods} pods on ${nodes} nodes\n\n${formatTable(["", "pods/s", "pods/CPU-s"], rows)}`);
}

/** Nodes come tainted; taking the taints away is the start. */
async function schedule(
  server: MeasuredServer,
  pods: number,
  nodes: number,
): Promise<{ seconds: number; cpu: number }> {
  await using connection = connectionOf(server.kubeconfig);
  const client = new Client(connection);
  // The controllers make it too, in their own time.
  await client.create(ServiceAccount, { metadata: { namespace: NAMESPACE, name: "default" } }).catch(() => {});
  await inParallel(pods, PARALLEL, (i) => client.create(Pod, podOf(i) as never));
  const cpu = cpuSeconds(server.pids);
  const startMs = systemClock.monotonic();
  await inParallel(nodes, PARALLEL, async (i) => {
    const made = await client.create(Node, { metadata: { name: `node-${i}` } } as never);
    await client.patch(
      Node,
      { namespace: "", name: made.metadata.name! },
      { status: STATUS },
      { type: "merge", subresource: "status" },
    );
    await client.patch(
      Node,
      { namespace: "", name: made.metadata.name! },
      { spec: { taints: null } },
      { type: "merge" },
    );
  });
  for (;;) {
    const { items } = await client.list(Pod, { namespace: NAMESPACE, fieldSelector: "spec.nodeName=" });
    if (items.length === 0) break;
    await systemClock.sleep(POLL_MS);
  }
  return { seconds: (systemClock.monotonic() - startMs) / 1000, cpu: cpuSeconds(server.pids) - cpu };
}

const AMOUNT = { cpu: "32", memory: "64Gi", pods: "110" };
const STATUS = {
  capacity: AMOUNT,
  allocatable: AMOUNT,
  conditions: [{ type: "Ready", status: "True", reason: "Bench", message: "" }],
};

function podOf(i: number) {
  return {
    metadata: { name: `pod-${i}`, namespace: NAMESPACE },
    spec: {
      containers: [
        { name: "main", image: "registry.example/image:1", resources: { requests: { cpu: "100m", memory: "64Mi" } } },
      ],
    },
  };
}
