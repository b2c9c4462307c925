import type { ClusterPaths } from "../config/paths.ts";
import { SupervisorSilentError, supervisorStatus } from "../supervisor/control-socket.ts";
import { recordedSupervisor } from "../supervisor/end-supervisor.ts";
import type { Part, Step, SupervisorStatus } from "../supervisor/status.ts";

export interface SupervisorState {
  readonly phase: SupervisorStatus["phase"] | "stopped" | "hangs";
  readonly steps: readonly Step[];
  readonly processes: readonly Part[];
  /** What is wrong with the supervisor itself. */
  readonly problem?: string;
}

/** What a cluster's supervisor tells; also of one that cannot tell. */
export async function supervisorState(paths: ClusterPaths): Promise<SupervisorState> {
  try {
    const status = await supervisorStatus(paths.socket);
    if (status) return status;
  } catch (error) {
    if (!(error instanceof SupervisorSilentError)) throw error;
  }
  const known = await recordedSupervisor(paths.supervisor);
  if (!known) return { phase: "stopped", steps: [], processes: [] };
  const problem = `The supervisor, process ${known.pid}, runs and does not answer; dingi up replaces it`;
  const part = { role: "supervisor" as const, node: "", pid: known.pid, address: "", state: "running" as const };
  return { phase: "hangs", steps: [], processes: [part], problem };
}
