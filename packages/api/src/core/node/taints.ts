import type { V1Toleration } from "../pod/pod.gen.ts";
import type { V1Taint } from "./node.gen.ts";

/** Upstream: api/core/v1/toleration.go#ToleratesTaint */
export function toleratesTaint(toleration: V1Toleration, taint: V1Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator || "Equal") {
    case "Equal":
      return (toleration.value ?? "") === (taint.value ?? "");
    case "Exists":
      return true;
    default:
      return false;
  }
}

export function tolerates(tolerations: readonly V1Toleration[] | undefined, taint: V1Taint): boolean {
  return (tolerations ?? []).some((toleration) => toleratesTaint(toleration, taint));
}

/** The first taint with one of `effects` that nothing tolerates. Upstream: component-helpers/scheduling/corev1/helpers.go#FindMatchingUntoleratedTaint */
export function findUntoleratedTaint(
  taints: readonly V1Taint[] | undefined,
  tolerations: readonly V1Toleration[] | undefined,
  effects: readonly string[],
): V1Taint | undefined {
  return (taints ?? []).find((taint) => effects.includes(taint.effect) && !tolerates(tolerations, taint));
}

/** Same key and effect; the value does not matter. */
export function matchesTaint(a: V1Taint, b: V1Taint): boolean {
  return a.key === b.key && a.effect === b.effect;
}

/** "key=value:effect", without the parts that are empty. */
export function taintText({ key, value, effect }: V1Taint): string {
  const pair = value ? `${key}=${value}` : key;
  if (effect) return `${pair}:${effect}`;
  return value ? `${pair}:` : pair;
}
