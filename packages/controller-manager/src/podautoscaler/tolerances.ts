import type { V2HorizontalPodAutoscaler } from "@dingi/api";
import { quantityFloat } from "@dingi/apimachinery";

/** How far what is measured may be from what is wanted, as a share of it. */
export interface Tolerances {
  readonly down: number;
  readonly up: number;
}

/** Upstream: pkg/controller/podautoscaler/horizontal.go#tolerancesForHpa */
export function tolerancesOf({ spec }: V2HorizontalPodAutoscaler, tolerance: number): Tolerances {
  const { scaleDown, scaleUp } = spec.behavior ?? {};
  const read = (text: string | undefined) => (text === undefined ? tolerance : quantityFloat(text));
  return { down: read(scaleDown?.tolerance), up: read(scaleUp?.tolerance) };
}

export function isTolerated({ down, up }: Tolerances, ratio: number): boolean {
  return 1 - down <= ratio && ratio <= 1 + up;
}
