import type { ServerStarter } from "./server/server.ts";

export interface BenchOptions {
  readonly servers: readonly ServerStarter[];
  readonly rounds: number;
  readonly pods: number;
  readonly nodes: number;
}
