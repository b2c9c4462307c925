/** One step of bringing a cluster up, with how long it took. */
export interface Step {
  readonly name: string;
  readonly startMs: number;
  readonly endMs?: number;
  readonly error?: string;
}

type ProcessRole = "supervisor" | "control-plane" | "agent" | "containerd";

/** A process of a cluster. */
export interface Part {
  readonly role: ProcessRole;
  /** Empty for what belongs to no node. */
  readonly node: string;
  /** On the host; 0 until it was started. */
  readonly pid: number;
  readonly address: string;
  /** "running": whether it serves is not known. */
  readonly state?: "starting" | "serving" | "waiting" | "running" | "ended";
  /** Epoch milliseconds of its last start. */
  readonly startedMs?: number;
  /** How often it ended since it last served, or was last asked for by a person. */
  readonly failures?: number;
  /** Why it last ended. */
  readonly reason?: string;
}

export interface SupervisorStatus {
  readonly phase: "starting" | "running" | "failed" | "stopping";
  readonly steps: readonly Step[];
  readonly processes: readonly Part[];
}
