import { allocateSeats } from "./allocate-seats.ts";
import type { LevelPlan } from "./levels.ts";
import type { DemandStats } from "./seat-demand.ts";

interface Borrower {
  readonly plan: LevelPlan;
  readonly demand: DemandStats;
}

interface Shares {
  readonly seats: ReadonlyMap<string, number>;
  readonly fairShare: number;
}

/**
 * Pure: how the seats of all levels are shared until the next time: what one does not want, others may have.
 * Upstream: apiserver/pkg/util/flowcontrol/apf_controller.go#updateBorrowingLocked
 */
export function shareSeats(levels: ReadonlyMap<string, Borrower>): Shares {
  const all = [...levels];
  const seats = new Map<string, number>();
  for (const [name, { plan, demand }] of all)
    if (plan.isExempt) seats.set(name, Math.max(plan.lower, demand.highWatermark));
  const limited = all.filter(([, { plan }]) => !plan.isExempt);
  const total = all.reduce((sum, [, { plan }]) => sum + plan.nominal, 0);
  const remaining = total - [...seats.values()].reduce((sum, one) => sum + one, 0);
  const claims = limited.map(([, { plan, demand }]) => {
    const lower = Math.max(plan.lower, Math.min(plan.nominal, demand.highWatermark));
    return { lower, upper: plan.upper, target: Math.max(lower, demand.smoothed) };
  });
  const { given, fairShare } = divide(remaining, total, { limited: limited.map(([, { plan }]) => plan), claims });
  for (const [i, [name]] of limited.entries()) seats.set(name, given[i]!);
  return { seats, fairShare };
}

interface Division {
  readonly limited: readonly LevelPlan[];
  readonly claims: Parameters<typeof allocateSeats>[1];
}

function divide(remaining: number, total: number, { limited, claims }: Division) {
  const sumOf = (of: (i: number) => number) => claims.reduce((sum, _, i) => sum + of(i), 0);
  const least = sumOf((i) => limited[i]!.lower);
  const wanted = sumOf((i) => claims[i]!.lower);
  if (remaining <= least) return { given: limited.map(({ lower }) => lower), fairShare: 0 };
  if (remaining <= wanted) {
    const share = (remaining - least) / (wanted - least);
    const given = limited.map(({ lower }, i) => lower + Math.round((claims[i]!.lower - lower) * share));
    return { given, fairShare: 0 };
  }
  const allocated = allocateSeats(total, claims);
  const given = allocated?.seats ?? limited.map(({ nominal }) => nominal);
  return { given: given.map((one) => Math.round(one)), fairShare: allocated?.fairShare ?? 0 };
}
