import { STRING_FACTOR } from "./call-costs.ts";

const BASE = 10;
/** Each requirement takes at least two characters, and makes a list and an object. */
const REQUIREMENTS_PER_CHARACTER = 0.5;
const COST_PER_REQUIREMENT = 50;

/** Upstream: k8s.io/apiserver/pkg/cel/library/cost.go#selectorCostEstimate */
export function selectorCost(length: number): number {
  const requirements = Math.ceil(length * REQUIREMENTS_PER_CHARACTER);
  return BASE + Math.ceil(length * STRING_FACTOR) + requirements * COST_PER_REQUIREMENT;
}
