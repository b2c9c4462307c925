/** One call of a built-in method that goes through a whole collection. */
type Method = (this: { readonly length?: number; readonly size?: number }, ...args: unknown[]) => unknown;
type Step = (this: unknown) => IteratorResult<unknown>;

const ARRAY_WALKS = [
  "concat",
  "every",
  "filter",
  "find",
  "findIndex",
  "findLast",
  "flatMap",
  "forEach",
  "includes",
  "indexOf",
  "map",
  "reduce",
  "shift",
  "slice",
  "some",
  "sort",
  "splice",
  "toSorted",
  "unshift",
] as const;

const iteratorOf = (collection: Iterable<unknown>): object => Object.getPrototypeOf(collection[Symbol.iterator]());
const ITERATORS = [iteratorOf([]), iteratorOf(new Map()), iteratorOf(new Set())];

/**
 * For tests: how many elements of arrays, maps and sets are gone through while `work` runs. A count, so that "costs the same
 * however much there is" can be proved on a machine of any speed. Methods count the whole length, even if they end early;
 * loops by index are not seen.
 */
export async function countVisits(work: () => unknown): Promise<number> {
  let visits = 0;
  let counting = false;
  const undo: (() => void)[] = [];
  const replace = (prototype: object, name: string, wrap: (original: never) => unknown): void => {
    const original = Object.getOwnPropertyDescriptor(prototype, name)!;
    Object.defineProperty(prototype, name, { ...original, value: wrap(original.value as never) });
    undo.push(() => Object.defineProperty(prototype, name, original));
  };
  for (const prototype of ITERATORS) {
    replace(
      prototype,
      "next",
      (step: Step) =>
        function (this: unknown) {
          if (counting) visits++;
          return step.call(this);
        },
    );
  }
  const wrapWalk = (walk: Method) =>
    function (this: { readonly length?: number; readonly size?: number }, ...args: unknown[]) {
      if (counting) visits += this.length ?? this.size ?? 0;
      return walk.apply(this, args);
    };
  for (const name of ARRAY_WALKS) replace(Array.prototype, name, wrapWalk);
  for (const prototype of [Map.prototype, Set.prototype]) replace(prototype, "forEach", wrapWalk);
  try {
    counting = true;
    const result = work();
    if (result instanceof Promise) await result;
  } finally {
    counting = false;
    for (const restore of undo) restore();
  }
  return visits;
}
