import type { ContainerConfig } from "../container.ts";
import type { PodSandboxConfig } from "../pod-sandbox.ts";
import { programOf, type Step } from "./program.ts";

/** How a simulated container behaves. Its own annotations win over the pod's, these over its command. */
export interface Behavior {
  readonly steps: readonly Step[];
  /** How long it takes to end after its stop signal. */
  readonly stopsAfterMs: number;
  readonly cpuCores: number;
  readonly memoryBytes: number;
}

/**
 * Annotations: `runs-seconds` and `exit-code` replace what the command does, `stops-seconds` delays its end (beyond the
 * grace period it is killed), `cpu-cores` and `memory-bytes` are what its statistics tell.
 */
export const SIMULATED_PREFIX = "simulated.dingi.dev/";

const DEFAULT_CPU_CORES = 0.001;
const DEFAULT_MEMORY_BYTES = 8 * 1024 * 1024;

export function behaviorOf(config: ContainerConfig, sandbox: PodSandboxConfig): Behavior {
  const setting = (name: string): number | undefined => {
    const key = SIMULATED_PREFIX + name;
    const text = config.annotations?.[key] ?? sandbox.annotations?.[key];
    const value = Number(text);
    return text === undefined || !(value >= 0) ? undefined : value;
  };
  return {
    steps:
      annotatedSteps(setting("runs-seconds"), setting("exit-code")) ??
      programOf(argvOf(config), environmentOf(config, sandbox)),
    stopsAfterMs: (setting("stops-seconds") ?? 0) * 1000,
    cpuCores: setting("cpu-cores") ?? DEFAULT_CPU_CORES,
    memoryBytes: setting("memory-bytes") ?? DEFAULT_MEMORY_BYTES,
  };
}

export function environmentOf(config: ContainerConfig, sandbox: PodSandboxConfig): Readonly<Record<string, string>> {
  const hostname = sandbox.hostname ?? "";
  return Object.fromEntries([
    ["HOSTNAME", hostname],
    ...(config.envs ?? []).map(({ key, value }) => [key, value] as const),
  ]);
}

function annotatedSteps(runsSeconds: number | undefined, exitCode: number | undefined): readonly Step[] | undefined {
  if (runsSeconds === undefined && exitCode === undefined) return undefined;
  return [
    { type: "sleep", ms: (runsSeconds ?? 0) * 1000 },
    { type: "exit", code: exitCode ?? 0 },
  ];
}

function argvOf(config: ContainerConfig): readonly string[] {
  return [...(config.command ?? []), ...(config.args ?? [])];
}
