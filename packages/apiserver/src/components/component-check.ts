export interface ComponentHealth {
  readonly isHealthy: boolean;
  /** What the component said, or why it said nothing. */
  readonly message: string;
}

/** Asks a component of the control plane how it is. Rejects when it cannot even be asked. */
export type ComponentCheck = () => Promise<ComponentHealth>;
