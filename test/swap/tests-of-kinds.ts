import type { ConformanceTest } from "../conformance/conformance-test.ts";
import { EXISTING_KINDS } from "./existing-kinds.ts";

/** Tests that need a kind besides those that every cluster has, by what their names have in common. */
const NEED: readonly (readonly [kind: string, tests: RegExp])[] = [
  ["CronJob", /\[sig-apps\] CronJob/],
  ["DaemonSet", /\[sig-apps\] Daemon set/],
  ["Job", /\[sig-apps\] Job/],
  ["LimitRange", /LimitRange/],
  ["PodDisruptionBudget", /DisruptionController/],
  [
    "ReplicationController",
    /ReplicationController|Garbage collector.*(\brc\b|valid owner and owner that's waiting)|EmptyDir wrapper.*race/,
  ],
  ["ResourceQuota", /ResourceQuota/],
  ["StatefulSet", /\[sig-apps\] StatefulSet/],
];

interface TestsOfKinds {
  readonly possible: readonly ConformanceTest[];
  /** Kinds that dingi does not have, with the number of tests left out for want of each. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/** Leaves out the tests of kinds that dingi does not have: neither its API server nor its controllers know them. */
export function ofKindsThatExist(
  tests: readonly ConformanceTest[],
  existing: ReadonlySet<string> = EXISTING_KINDS,
): TestsOfKinds {
  const leftOut = new Map<string, number>();
  const possible = tests.filter(({ name }) => {
    const [kind] = NEED.find(([needed, pattern]) => !existing.has(needed) && pattern.test(name)) ?? [];
    if (kind !== undefined) leftOut.set(kind, (leftOut.get(kind) ?? 0) + 1);
    return kind === undefined;
  });
  return { possible, leftOut };
}
