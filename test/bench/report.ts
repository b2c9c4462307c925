import type { Measurement } from "./api-load.ts";

/** One kind of work on one server, over all rounds. */
export interface Summary {
  readonly perCpuSecond: number;
  readonly perSecond: number;
  readonly p50: number | undefined;
  readonly p99: number | undefined;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function summarize(rounds: readonly Measurement[]): Summary {
  const percentile = (share: number) => {
    const values = rounds.flatMap(({ milliseconds }) =>
      milliseconds.length === 0 ? [] : [milliseconds[Math.floor(milliseconds.length * share)]!],
    );
    return values.length === 0 ? undefined : median(values);
  };
  return {
    perCpuSecond: median(rounds.map(({ operations, cpuSeconds }) => operations / cpuSeconds)),
    perSecond: median(rounds.map(({ operations, seconds }) => operations / seconds)),
    p50: percentile(0.5),
    p99: percentile(0.99),
  };
}

/** Columns of text, numbers to the right. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("  ")
      .trimEnd();
  return [line(header), ...rows.map(line)].join("\n");
}

export const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MB`;
