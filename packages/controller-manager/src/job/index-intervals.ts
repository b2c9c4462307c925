/** Indexes from one to another, both included. */
interface Interval {
  readonly first: number;
  readonly last: number;
}

/** In order, and with gaps between them. */
export type Intervals = readonly Interval[];

/** Of "1,3-5"; what cannot be read, and what is not below `completions`, is passed over. Upstream: pkg/controller/job/indexed_job_utils.go#parseIndexesFromString */
export function parseIntervals(text: string, completions: number): Intervals {
  const found: Interval[] = [];
  for (const part of text === "" ? [] : text.split(",")) {
    const [, low, high = low] = /^([0-9]+)(?:-([0-9]+))?$/.exec(part) ?? [];
    const [first, last] = [Number(low), Math.min(Number(high), completions - 1)];
    if (first < completions && first <= last) found.push({ first, last });
  }
  return union(found, []);
}

/** "1,3-5"; two that are neighbours are "1,2". */
export function intervalsText(intervals: Intervals): string {
  return intervals
    .map(({ first, last }) => (first === last ? `${first}` : `${first}${last === first + 1 ? "," : "-"}${last}`))
    .join(",");
}

export function union(a: Intervals, b: Intervals): Intervals {
  const merged: Interval[] = [];
  for (const next of [...a, ...b].sort((x, y) => x.first - y.first)) {
    const before = merged.at(-1);
    if (!before || next.first > before.last + 1) merged.push(next);
    else if (next.last > before.last) merged[merged.length - 1] = { first: before.first, last: next.last };
  }
  return merged;
}

export const withIndexes = (intervals: Intervals, indexes: Iterable<number>): Intervals =>
  union(
    intervals,
    Array.from(indexes, (index) => ({ first: index, last: index })),
  );

export const countOf = (intervals: Intervals): number =>
  intervals.reduce((sum, { first, last }) => sum + last - first + 1, 0);

export function has(intervals: Intervals, index: number): boolean {
  let [low, high] = [0, intervals.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (intervals[middle]!.last >= index) high = middle;
    else low = middle + 1;
  }
  return low < intervals.length && intervals[low]!.first <= index;
}

/** How many indexes are in both. */
export function countCommon(a: Intervals, b: Intervals): number {
  let count = 0;
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [x, y] = [a[i]!, b[j]!];
    count += Math.max(0, Math.min(x.last, y.last) - Math.max(x.first, y.first) + 1);
    if (x.last <= y.last) i++;
    if (y.last <= x.last) j++;
  }
  return count;
}

/** The first indexes that are in none of them. Upstream: …#firstPendingIndexes */
export function firstMissing(taken: Intervals, count: number, completions: number): number[] {
  const found: number[] = [];
  let candidate = 0;
  for (const { first, last } of [...taken, { first: completions, last: completions }]) {
    for (; candidate < Math.min(first, completions) && found.length < count; candidate++) found.push(candidate);
    candidate = Math.max(candidate, last + 1);
  }
  return found;
}
