import type { FilesystemUsage } from "../image.ts";
import type { ContainerStats, PodSandboxStats } from "../stats.ts";

interface WireFilesystemUsage {
  readonly timestampMs: number;
  readonly fsId?: { readonly mountpoint: string };
  readonly usedBytes?: number;
  readonly inodesUsed?: number;
}

export function flatFilesystemUsage(usage: WireFilesystemUsage): FilesystemUsage {
  return {
    timestampMs: usage.timestampMs,
    mountpoint: usage.fsId?.mountpoint ?? "",
    usedBytes: usage.usedBytes ?? 0,
    inodesUsed: usage.inodesUsed ?? 0,
  };
}

export function flatContainerStats(stats: ContainerStats): ContainerStats {
  if (!stats.writableLayer) return stats;
  return { ...stats, writableLayer: flatFilesystemUsage(stats.writableLayer as WireFilesystemUsage) };
}

export function flatPodSandboxStats(stats: PodSandboxStats): PodSandboxStats {
  if (!stats.linux) return stats;
  return { ...stats, linux: { ...stats.linux, containers: stats.linux.containers.map(flatContainerStats) } };
}
