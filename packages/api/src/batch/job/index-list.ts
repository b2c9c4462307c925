/** The text is no list of indexes such as "1,3-5". The message is upstream's. */
export class IndexListError extends Error {
  override name = "IndexListError";
}

interface Interval {
  readonly first: number;
  readonly last: number;
}

/**
 * How many indexes are in the list, all of which are below `completions`. Throws IndexListError.
 * Upstream: pkg/apis/batch/validation/validation.go#validateIndexesFormat
 */
export function countIndexes(text: string, completions: number): number {
  if (text === "") return 0;
  let previous: number | undefined;
  let count = 0;
  for (const part of text.split(",")) {
    const { first, last } = parseInterval(part, completions);
    if (previous !== undefined && previous >= first) throw notIncreasing(previous, first);
    count += last - first + 1;
    previous = last;
  }
  return count;
}

/**
 * The first index that is in both of two ordered lists; what cannot be read of them is passed over.
 * Upstream: …#validateFailedIndexesNotOverlapCompleted
 */
export function commonIndex(a: string, b: string, completions: number): number | undefined {
  const [left, right] = [readable(a, completions), readable(b, completions)];
  for (let i = 0, j = 0; i < left.length && j < right.length;) {
    const [x, y] = [left[i]!, right[j]!];
    if (x.first <= y.last && y.first <= x.last) return Math.max(x.first, y.first);
    if (x.first <= y.first) i++;
    else j++;
  }
  return undefined;
}

function readable(text: string, completions: number): Interval[] {
  if (text === "") return [];
  return text.split(",").flatMap((part) => {
    try {
      return [parseInterval(part, completions)];
    } catch (error) {
      if (error instanceof IndexListError) return [];
      throw error;
    }
  });
}

function parseInterval(text: string, completions: number): Interval {
  const limits = text.split("-");
  if (limits.length > 2) {
    const rule = "violates the requirement that an index interval can have at most two parts separated by '-'";
    throw new IndexListError(`the fragment ${JSON.stringify(text)} ${rule}`);
  }
  const first = parseIndex(limits[0]!, completions);
  if (limits.length === 1) return { first, last: first };
  const last = parseIndex(limits[1]!, completions);
  if (first >= last) throw notIncreasing(first, last);
  return { first, last };
}

/** Upstream's numbers end at 2^63; no index comes near. */
const MAX_DIGITS = 18;

function parseIndex(text: string, completions: number): number {
  const digits = /^\+?0*([0-9]*)$/.exec(text)?.[1];
  if (digits === undefined || !/[0-9]$/.test(text) || digits.length > MAX_DIGITS)
    throw new IndexListError(`cannot convert string to integer for index: ${JSON.stringify(text)}`);
  const index = Number(digits);
  if (index >= completions) throw new IndexListError(`too large index: ${JSON.stringify(text)}`);
  return index;
}

const notIncreasing = (previous: number, current: number): IndexListError =>
  new IndexListError(`non-increasing order, previous: ${previous}, current: ${current}`);
