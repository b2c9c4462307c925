/** How many seats a level may have at least and at most, and would have of what there is. */
interface SeatClaim {
  readonly lower: number;
  readonly upper: number;
  readonly target: number;
}

interface Allocation {
  readonly seats: readonly number[];
  /** All targets times this, within their bounds, are what there is. */
  readonly fairShare: number;
}

/** So that nobody gets nothing for ever. Upstream: apiserver/pkg/util/flowcontrol/conc_alloc.go#MinTarget */
const LEAST_TARGET = 0.001;
const ROUNDS = 64;

/**
 * Pure: what there is is shared in proportion to targets, but within bounds. The share grows with the sum, so that it is
 * found by halving. Undefined when the bounds leave no way.
 * Upstream: apiserver/pkg/util/flowcontrol/conc_alloc.go#computeConcurrencyAllocation
 */
export function allocateSeats(total: number, claims: readonly SeatClaim[]): Allocation | undefined {
  const targets = claims.map(({ target }) => Math.max(target, LEAST_TARGET));
  const at = (share: number) =>
    claims.map(({ lower, upper }, i) => Math.max(lower, Math.min(upper, targets[i]! * share)));
  const sum = (seats: readonly number[]) => seats.reduce((all, one) => all + one, 0);
  if (sum(claims.map(({ lower }) => lower)) > total || sum(claims.map(({ upper }) => upper)) < total) return undefined;
  let [low, high] = [0, Math.max(1, ...claims.map(({ upper }, i) => upper / targets[i]!))];
  for (let round = 0; round < ROUNDS; round++) {
    const middle = (low + high) / 2;
    if (sum(at(middle)) < total) low = middle;
    else high = middle;
  }
  return { seats: at(high), fairShare: high };
}
