interface Step {
  /** Between two steps neither holds for sure: the one that was there before does. */
  readonly fewest: number;
  readonly most: number;
  readonly seconds: number;
}

/** Upstream: pkg/controller/ttl/ttl_controller.go#ttlBoundaries */
const STEPS: readonly Step[] = [
  { fewest: 0, most: 100, seconds: 0 },
  { fewest: 90, most: 500, seconds: 15 },
  { fewest: 450, most: 1000, seconds: 30 },
  { fewest: 900, most: 2000, seconds: 60 },
  { fewest: 1800, most: Infinity, seconds: 300 },
];

/** Which step a cluster of so many nodes is at, from the one where it was. Pure. */
export function stepOf(nodes: number, before: number): number {
  let step = before;
  while (nodes > STEPS[step]!.most) step++;
  while (nodes < STEPS[step]!.fewest) step--;
  return step;
}

/** For how long kubelets of such a cluster may keep what they have read of Secrets and ConfigMaps. */
export const secondsAt = (step: number): number => STEPS[step]!.seconds;
