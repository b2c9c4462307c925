import type { Clock } from "@dingi/base";
import type { PodSandbox, PodSandboxConfig, PodSandboxState, PodSandboxStatus } from "../pod-sandbox.ts";
import type { SimulatedContainer } from "./simulated-container.ts";

export class SimulatedSandbox {
  readonly id: string;
  readonly config: PodSandboxConfig;
  /** "" with the node's network. */
  readonly ip: string;
  readonly containers = new Set<SimulatedContainer>();
  readonly #createdAtMs: number;
  readonly #runtimeHandler: string;
  state: PodSandboxState = "SANDBOX_READY";

  constructor(options: { id: string; config: PodSandboxConfig; ip: string; runtimeHandler: string; clock: Clock }) {
    this.id = options.id;
    this.config = options.config;
    this.ip = options.ip;
    this.#runtimeHandler = options.runtimeHandler;
    this.#createdAtMs = options.clock.now();
  }

  summary(): PodSandbox {
    const { metadata, labels = {}, annotations = {} } = this.config;
    const runtimeHandler = this.#runtimeHandler;
    return {
      id: this.id,
      metadata,
      state: this.state,
      createdAtMs: this.#createdAtMs,
      labels,
      annotations,
      runtimeHandler,
    };
  }

  status(): PodSandboxStatus {
    const options = this.config.linux?.securityContext?.namespaceOptions;
    return {
      ...this.summary(),
      network: { ip: this.state === "SANDBOX_READY" ? this.ip : "", additionalIps: [] },
      linux: { namespaces: options ? { options } : {} },
    };
  }
}
