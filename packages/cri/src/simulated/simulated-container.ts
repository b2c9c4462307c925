import type { Clock } from "@dingi/base";
import type { Container, ContainerConfig, ContainerState, ContainerStatus } from "../container.ts";
import { RuntimeError } from "../runtime-error.ts";
import type { LinuxContainerResources } from "../resources.ts";
import type { ContainerStats } from "../stats.ts";
import type { Behavior } from "./behavior.ts";
import { EXIT_KILLED, SimulatedProcess } from "./simulated-process.ts";

/** Receives one line in CRI's log format, newline included, for the file at `path`. */
export type LogWriter = (path: string, line: string) => void;

interface SimulatedContainerOptions {
  readonly id: string;
  readonly podSandboxId: string;
  readonly config: ContainerConfig;
  readonly behavior: Behavior;
  readonly logPath: string;
  readonly imageId: string;
  readonly clock: Clock;
  readonly writeLog: LogWriter;
  readonly onExit: (exitCode: number) => void;
}

/** created → running → exited, by its behaviour and the clock. */
export class SimulatedContainer {
  readonly id: string;
  readonly podSandboxId: string;
  readonly config: ContainerConfig;
  readonly #options: SimulatedContainerOptions;
  readonly #process: SimulatedProcess;
  readonly #createdAtMs: number;
  readonly #exited = Promise.withResolvers<void>();
  #startedAtMs = 0;
  #finishedAtMs = 0;
  #exitCode = 0;
  #state: ContainerState = "CONTAINER_CREATED";
  #resources: LinuxContainerResources | undefined;

  constructor(options: SimulatedContainerOptions) {
    const { clock, behavior, config } = options;
    this.id = options.id;
    this.podSandboxId = options.podSandboxId;
    this.config = config;
    this.#options = options;
    this.#createdAtMs = clock.now();
    this.#resources = config.linux?.resources;
    this.#process = new SimulatedProcess({
      clock,
      steps: behavior.steps,
      print: (text, stream) => this.#log(text, stream),
      onExit: (code) => this.#onExit(code),
    });
  }

  get state(): ContainerState {
    return this.#state;
  }

  start(): void {
    if (this.#state !== "CONTAINER_CREATED") {
      throw new RuntimeError(
        "FailedPrecondition",
        `Container "${this.id}" is in state "${this.#state}" and cannot be started`,
      );
    }
    this.#state = "CONTAINER_RUNNING";
    this.#startedAtMs = this.#options.clock.now();
    this.#process.start();
  }

  /** Resolves when it has exited. */
  async stop(timeoutMs: number): Promise<void> {
    if (this.#state === "CONTAINER_CREATED") this.#onExit(EXIT_KILLED);
    else if (this.#state === "CONTAINER_RUNNING") {
      const { stopsAfterMs } = this.#options.behavior;
      const inTime = stopsAfterMs <= timeoutMs && timeoutMs > 0;
      this.#process.end(inTime ? stopsAfterMs : timeoutMs, inTime ? 0 : EXIT_KILLED);
    }
    await this.#exited.promise;
  }

  kill(): Promise<void> {
    return this.stop(0);
  }

  update(resources: LinuxContainerResources): void {
    this.#resources = { ...this.#resources, ...resources };
  }

  summary(): Container {
    const { metadata, image, labels = {}, annotations = {} } = this.config;
    const { id, podSandboxId } = this;
    const { imageId } = this.#options;
    const createdAtMs = this.#createdAtMs;
    return {
      id,
      podSandboxId,
      metadata,
      image,
      imageRef: imageId,
      imageId,
      state: this.#state,
      createdAtMs,
      labels,
      annotations,
    };
  }

  status(): ContainerStatus {
    const { podSandboxId: _, ...summary } = this.summary();
    return {
      ...summary,
      startedAtMs: this.#startedAtMs,
      finishedAtMs: this.#finishedAtMs,
      exitCode: this.#exitCode,
      reason: this.#reason(),
      message: "",
      mounts: this.config.mounts ?? [],
      logPath: this.#options.logPath,
      resources: this.#resources && { linux: this.#resources },
      user: undefined,
      stopSignal: this.config.stopSignal ?? "",
    };
  }

  stats(): ContainerStats {
    const { clock, behavior } = this.#options;
    const { metadata, labels = {}, annotations = {} } = this.config;
    const timestampMs = clock.now();
    const running = this.#state === "CONTAINER_RUNNING";
    const ranMs = this.#startedAtMs === 0 ? 0 : (running ? timestampMs : this.#finishedAtMs) - this.#startedAtMs;
    const usageNanoCores = running ? behavior.cpuCores * 1e9 : 0;
    const memoryBytes = running ? behavior.memoryBytes : 0;
    return {
      attributes: { id: this.id, metadata, labels, annotations },
      cpu: { timestampMs, usageNanoCores, usageCoreNanoSeconds: Math.round(behavior.cpuCores * ranMs * 1e6) },
      memory: { timestampMs, workingSetBytes: memoryBytes, usageBytes: memoryBytes, rssBytes: memoryBytes },
      writableLayer: undefined,
      swap: undefined,
    };
  }

  #onExit(code: number): void {
    this.#state = "CONTAINER_EXITED";
    this.#exitCode = code;
    this.#finishedAtMs = this.#options.clock.now();
    this.#exited.resolve();
    this.#options.onExit(code);
  }

  #reason(): string {
    if (this.#state !== "CONTAINER_EXITED") return "";
    return this.#exitCode === 0 ? "Completed" : "Error";
  }

  #log(text: string, stream: "stdout" | "stderr"): void {
    const { clock, logPath, writeLog } = this.#options;
    if (logPath === "") return;
    const at = new Date(clock.now()).toISOString();
    for (const line of text.replace(/\n$/, "").split("\n")) writeLog(logPath, `${at} ${stream} F ${line}\n`);
  }
}
