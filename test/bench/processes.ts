import { readFileSync } from "node:fs";
import { systemClock } from "@dingi/base";

const TICKS_PER_SECOND = 100;
const REST_MS = 250;
/** A fifth of a core. */
const REST_CPU_SECONDS = 0.05;

/** CPU seconds that the processes took so far, in user and kernel. */
export function cpuSeconds(pids: readonly number[]): number {
  return sum(pids, (pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  });
}

interface Memory {
  /** Each shared page counts for its share. */
  readonly pssBytes: number;
  readonly rssBytes: number;
}

export function memoryOf(pids: readonly number[]): Memory {
  const read = (field: string) =>
    sum(pids, (pid) => {
      const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
      return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024;
    });
  return { pssBytes: read("Pss"), rssBytes: read("Rss") };
}

/** Bytes that were sent towards the disk so far. */
export function writtenBytes(pids: readonly number[]): number {
  return sum(pids, (pid) => Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1] ?? 0));
}

function sum(pids: readonly number[], of: (pid: number) => number): number {
  return pids.reduce((total, pid) => total + of(pid), 0);
}

/** Until the processes together have hardly anything left to do. */
export async function untilResting(pids: readonly number[]): Promise<void> {
  for (let before = -Infinity, now = cpuSeconds(pids); now - before > REST_CPU_SECONDS;) {
    await systemClock.sleep(REST_MS);
    [before, now] = [now, cpuSeconds(pids)];
  }
}
