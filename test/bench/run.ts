/**
 * `npm run bench -- [api|idle|start-up|recovery|scheduling …] [--against upstream] [--rounds N] [--pods N] [--nodes N] [--workload NAME …]`
 *
 * Measures our control plane, and in turns with it upstream's (built by `node test/upstream/build.ts`), on loopback.
 * With `--kubeconfig FILE --pids PID,PID` the API benchmark runs against any server on this machine.
 */
import { parseArgs } from "node:util";
import { dirname } from "node:path";
import { ensurePrograms } from "../upstream/build.ts";
import { benchApi } from "./api-bench.ts";
import { startDingiCluster } from "./cluster/dingi-cluster.ts";
import { startUpstreamCluster } from "./cluster/upstream-cluster.ts";
import { benchIdle } from "./idle-bench.ts";
import type { BenchOptions } from "./options.ts";
import { benchRecovery } from "./recovery-bench.ts";
import { benchScheduling } from "./scheduling-bench.ts";
import { startDingi } from "./server/dingi-server.ts";
import type { ServerStarter } from "./server/server.ts";
import { startUpstream } from "./server/upstream-server.ts";
import { benchStartUp } from "./start-up-bench.ts";

const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = {
  api: benchApi,
  idle: benchIdle,
  "start-up": benchStartUp,
  recovery: benchRecovery,
  scheduling: benchScheduling,
};

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      against: { type: "string" },
      rounds: { type: "string", default: "5" },
      pods: { type: "string", default: "1000" },
      nodes: { type: "string", default: "200" },
      workload: { type: "string", multiple: true, default: [] },
      kubeconfig: { type: "string" },
      pids: { type: "string" },
    },
  });
  const { against, kubeconfig, pids } = values;
  if (against !== undefined && against !== "upstream") throw new Error('--against takes "upstream"');
  // Before anything is timed.
  if (against) ensurePrograms(["etcd", "kube-apiserver", "kube-scheduler", "kube-controller-manager", "kubectl"]);
  const servers = against ? [startDingi, startUpstream] : [startDingi];
  const options = {
    clusters: against ? [startDingiCluster, startUpstreamCluster] : [startDingiCluster],
    servers: kubeconfig && pids ? [given(kubeconfig, pids)] : servers,
    rounds: Number(values.rounds),
    pods: Number(values.pods),
    nodes: Number(values.nodes),
    workloads: values.workload,
  };
  for (const name of positionals.length === 0 ? Object.keys(BENCHES) : positionals) {
    const bench = BENCHES[name];
    if (!bench) throw new Error(`There is no benchmark "${name}": take some of ${Object.keys(BENCHES).join(", ")}`);
    await bench(options);
  }
}

/** A server that somebody else started. */
function given(kubeconfig: string, pids: string): ServerStarter {
  return () =>
    Promise.resolve({
      name: "given",
      kubeconfig,
      pids: pids.split(",").map(Number),
      data: dirname(kubeconfig),
      startScheduler: () => Promise.reject(new Error("A server that was given has its own scheduler")),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
}

await main();
