import type { MeasuredScheduler } from "./scheduler-process.ts";

/** A running API server that is to be measured, with everything that it needs to be durable. */
export interface MeasuredServer extends AsyncDisposable {
  readonly name: string;
  /** Its user is authorized by RBAC: not a member of system:masters. */
  readonly kubeconfig: string;
  /** Of the server and its store. */
  readonly pids: readonly number[];
  /** Where what it stores lies. */
  readonly data: string;
  /** The same side's scheduler; the server must have been started without controllers. */
  startScheduler(): Promise<MeasuredScheduler>;
}

/** What is started with it. */
export interface ServerOptions {
  /** Without: the API server alone, with its store. */
  readonly controllers: boolean;
  /** Ours' name on this machine, where no two clusters have the same. */
  readonly name?: string;
}

export type ServerStarter = (options: ServerOptions) => Promise<MeasuredServer>;
