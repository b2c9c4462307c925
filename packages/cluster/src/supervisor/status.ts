/** One step of bringing a cluster up, with how long it took. */
export interface Step {
  readonly name: string;
  readonly startMs: number;
  readonly endMs?: number;
  readonly error?: string;
}

export type ProcessRole = "supervisor" | "control-plane" | "agent" | "containerd";

export interface ProcessStatus {
  readonly role: ProcessRole;
  /** Empty for what belongs to no node. */
  readonly node: string;
  /** On the host. */
  readonly pid: number;
  readonly address: string;
  /** Proportional and resident set, bytes. */
  readonly memory: { readonly pss: number; readonly rss: number };
  /** Share of one core since the process started, in percent. */
  readonly cpu: number;
}

export interface SupervisorStatus {
  readonly phase: "starting" | "running" | "failed" | "stopping";
  readonly steps: readonly Step[];
  readonly processes: readonly {
    readonly role: ProcessRole;
    readonly node: string;
    readonly pid: number;
    readonly address: string;
  }[];
}
