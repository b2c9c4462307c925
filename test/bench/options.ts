import type { ClusterStarter } from "./cluster/cluster.ts";
import type { ServerStarter } from "./server/server.ts";

export interface BenchOptions {
  readonly servers: readonly ServerStarter[];
  readonly clusters: readonly ClusterStarter[];
  readonly rounds: number;
  readonly pods: number;
  readonly nodes: number;
  /** Of the scheduling benchmark; none is all. */
  readonly workloads: readonly string[];
}
