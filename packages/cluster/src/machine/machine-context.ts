import { join } from "node:path";
import type { Clock, Logger } from "@dingi/base";
import type { CgroupHierarchies } from "./cgroups.ts";
import type { RunStateFile } from "./run-state.ts";

/** What every step on the machine needs to know about its cluster. */
export interface MachineContext {
  readonly name: string;
  /** DINGI_HOME/clusters/NAME. */
  readonly home: string;
  /** /run/dingi/NAME. */
  readonly runDirectory: string;
  readonly cgroups: CgroupHierarchies;
  readonly state: RunStateFile;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function clusterCgroup({ name }: MachineContext): string {
  return join("/dingi", name);
}

/** Holds the node's own processes; pods get "/dingi/NAME/NODE/kubepods". */
export function systemCgroup(context: MachineContext, node: string): string {
  return join(clusterCgroup(context), node, "system");
}

export function nodeDirectory({ home }: MachineContext, node: string): string {
  return join(home, "nodes", node);
}
