/**
 * Upstream's own cluster on this machine: `node test/upstream/cluster.ts up [--nodes N] | down | kubeconfig`. Needs root.
 */
import { parseArgs } from "node:util";
import type { Target } from "../conformance/target.ts";
import { preferBuiltContainerd, UpstreamCluster, type UpstreamOptions } from "./cluster/upstream-cluster.ts";

/** For a run of the suite; it is deleted at the end. */
export async function upstreamCluster(options: UpstreamOptions): Promise<Target> {
  const cluster = await UpstreamCluster.start({ name: `upstream-${process.pid}`, ...options });
  return {
    kubeconfig: cluster.kubeconfig,
    description: `${options.nodes} nodes, containerd, etcd`,
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { nodes: { type: "string", default: "2" }, containerd: { type: "string", default: "built" } },
  });
  const [command] = positionals;
  if (command === "up") {
    if (values.containerd === "built") preferBuiltContainerd();
    const start = performance.now();
    const cluster = await UpstreamCluster.start({ nodes: Number(values.nodes) });
    console.log(`Ready after ${((performance.now() - start) / 1000).toFixed(1)} s; logs are in ${cluster.logs}`);
    console.log(`export KUBECONFIG=${cluster.kubeconfig}`);
    // What it started goes on without it.
    process.exit();
  }
  const cluster = await UpstreamCluster.open();
  if (command === "down") return await cluster[Symbol.asyncDispose]();
  if (command === "kubeconfig") return console.log(cluster.kubeconfig);
  throw new Error(
    "Usage: node test/upstream/cluster.ts up [--nodes N] [--containerd built|system] | down | kubeconfig",
  );
}

if (import.meta.main) await main();
