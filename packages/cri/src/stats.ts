import type { ContainerMetadata } from "./container.ts";
import type { FilesystemUsage } from "./image.ts";
import type { PodSandboxMetadata } from "./pod-sandbox.ts";
import type { StringMap } from "./string-map.ts";

/** Absent numbers were not measured by the runtime. `usageNanoCores` is often absent: compute it from two samples. */
interface CpuUsage {
  readonly timestampMs: number;
  readonly usageCoreNanoSeconds?: number;
  readonly usageNanoCores?: number;
}

interface MemoryUsage {
  readonly timestampMs: number;
  readonly workingSetBytes?: number;
  readonly availableBytes?: number;
  readonly usageBytes?: number;
  readonly rssBytes?: number;
  readonly pageFaults?: number;
  readonly majorPageFaults?: number;
}

interface SwapUsage {
  readonly timestampMs: number;
  readonly swapAvailableBytes?: number;
  readonly swapUsageBytes?: number;
}

export interface ContainerStats {
  readonly attributes: {
    readonly id: string;
    readonly metadata: ContainerMetadata;
    readonly labels: StringMap;
    readonly annotations: StringMap;
  };
  readonly cpu: CpuUsage | undefined;
  readonly memory: MemoryUsage | undefined;
  readonly writableLayer: FilesystemUsage | undefined;
  readonly swap: SwapUsage | undefined;
}

interface NetworkInterfaceUsage {
  readonly name: string;
  readonly rxBytes?: number;
  readonly rxErrors?: number;
  readonly txBytes?: number;
  readonly txErrors?: number;
}

interface NetworkUsage {
  readonly timestampMs: number;
  readonly defaultInterface: NetworkInterfaceUsage | undefined;
  readonly interfaces: readonly NetworkInterfaceUsage[];
}

export interface PodSandboxStats {
  readonly attributes: {
    readonly id: string;
    readonly metadata: PodSandboxMetadata;
    readonly labels: StringMap;
    readonly annotations: StringMap;
  };
  readonly linux:
    | {
        readonly cpu: CpuUsage | undefined;
        readonly memory: MemoryUsage | undefined;
        readonly network: NetworkUsage | undefined;
        readonly process: { readonly timestampMs: number; readonly processCount?: number } | undefined;
        readonly containers: readonly ContainerStats[];
      }
    | undefined;
}

export interface ContainerStatsFilter {
  readonly id?: string;
  readonly podSandboxId?: string;
  readonly labelSelector?: StringMap;
}
