import { wireTime } from "@dingi/apimachinery";
import { own } from "@dingi/base";

/** What a node and its pods use. Upstream: kubelet/pkg/apis/stats/v1alpha1/types.go */
export interface Summary {
  readonly node: NodeStats;
  readonly pods: readonly PodStats[];
}

export interface CpuStats {
  readonly timeMs: number;
  readonly usageNanoCores?: number;
  readonly usageCoreNanoSeconds?: number;
}

export interface MemoryStats {
  readonly timeMs: number;
  readonly availableBytes?: number;
  readonly usageBytes?: number;
  readonly workingSetBytes?: number;
  readonly rssBytes?: number;
  readonly pageFaults?: number;
  readonly majorPageFaults?: number;
}

interface SwapStats {
  readonly timeMs: number;
  readonly swapAvailableBytes?: number;
  readonly swapUsageBytes?: number;
}

interface InterfaceStats {
  readonly name: string;
  readonly rxBytes?: number;
  readonly rxErrors?: number;
  readonly txBytes?: number;
  readonly txErrors?: number;
}

interface NetworkStats extends InterfaceStats {
  readonly timeMs: number;
  readonly interfaces?: readonly InterfaceStats[];
}

export interface FsStats {
  readonly timeMs: number;
  readonly availableBytes?: number;
  readonly capacityBytes?: number;
  readonly usedBytes?: number;
  readonly inodesUsed?: number;
}

interface Measured {
  readonly startTimeMs: number;
  readonly cpu?: CpuStats;
  readonly memory?: MemoryStats;
}

export interface NodeStats extends Measured {
  readonly nodeName: string;
  readonly fs?: FsStats;
  readonly runtime?: { readonly imageFs?: FsStats };
}

export interface ContainerStats extends Measured {
  readonly name: string;
  readonly rootfs?: FsStats;
  readonly swap?: SwapStats;
}

export interface PodStats extends Measured {
  readonly podRef: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly containers: readonly ContainerStats[];
  readonly network?: NetworkStats;
  readonly process_stats?: { readonly process_count?: number };
}

/** As `/stats/summary` tells it: with times for people, of whole seconds. */
export function summaryJson(summary: Summary): string {
  return JSON.stringify(withTimes(summary));
}

const TIMES: Readonly<Record<string, string>> = { timeMs: "time", startTimeMs: "startTime" };

function withTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTimes);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      const time = own(TIMES, key);
      return time === undefined ? [key, withTimes(one)] : [time, wireTime(one as number)];
    }),
  );
}
