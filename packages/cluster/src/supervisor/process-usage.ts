import { readFile } from "node:fs/promises";

const TICKS_PER_SECOND = 100;

export interface ProcessUsage {
  readonly pss: number;
  readonly rss: number;
  /** Percent of one core since the start. */
  readonly cpu: number;
  /** It was told to stand still, as by SIGSTOP. */
  readonly stopped: boolean;
}

/** What a process uses; undefined when there is none of that pid, or only its remains. */
export async function processUsage(pid: number): Promise<ProcessUsage | undefined> {
  try {
    const [rollup, stat, uptime] = await Promise.all([
      readFile(`/proc/${pid}/smaps_rollup`, "utf8"),
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile("/proc/uptime", "utf8"),
    ]);
    const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(rollup)?.[1] ?? 0) * 1024;
    const values = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const seconds = (Number(values[11]) + Number(values[12])) / TICKS_PER_SECOND;
    const age = Number(uptime.split(" ")[0]) - Number(values[19]) / TICKS_PER_SECOND;
    if (values[0] === "Z" || values[0] === "X") return undefined;
    const stopped = values[0] === "T" || values[0] === "t";
    return { stopped, pss: field("Pss"), rss: field("Rss"), cpu: age > 0 ? (100 * seconds) / age : 0 };
  } catch {
    return undefined;
  }
}
