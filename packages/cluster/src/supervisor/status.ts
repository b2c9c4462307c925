/** One step of bringing a cluster up, with how long it took. */
export interface Step {
  readonly name: string;
  readonly startMs: number;
  readonly endMs?: number;
  readonly error?: string;
}

export type ProcessRole = "supervisor" | "control-plane" | "agent" | "containerd";

/** A process of a cluster. */
export interface Part {
  readonly role: ProcessRole;
  /** Empty for what belongs to no node. */
  readonly node: string;
  /** On the host; 0 until it was started. */
  readonly pid: number;
  readonly address: string;
}

export interface SupervisorStatus {
  readonly phase: "starting" | "running" | "failed" | "stopping";
  readonly steps: readonly Step[];
  readonly processes: readonly Part[];
}
