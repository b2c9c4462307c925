import type { V1Toleration } from "@dingi/api";
import { semanticEqual } from "@dingi/apimachinery";

/** Both lists, without what another one covers. Upstream: pkg/util/tolerations/tolerations.go#MergeTolerations */
export function mergeTolerations(first: readonly V1Toleration[], second: readonly V1Toleration[]): V1Toleration[] {
  const all = [...first, ...second];
  const merged: V1Toleration[] = [];
  for (const [i, toleration] of all.entries()) {
    const isCovered =
      merged.some((other) => covers(other, toleration)) ||
      all.slice(i + 1).some((other) => !semanticEqual(toleration, other) && covers(other, toleration));
    if (!isCovered) merged.push(toleration);
  }
  return merged;
}

const EMPTY = { key: "", operator: "", value: "", effect: "" };

export function covers(wide: V1Toleration, narrow: V1Toleration): boolean {
  const [w, n] = [
    { ...EMPTY, ...wide },
    { ...EMPTY, ...narrow },
  ];
  return (
    semanticEqual(wide, narrow) ||
    ((w.key === n.key || (w.key === "" && w.operator === "Exists")) &&
      (w.effect === "" || w.effect === n.effect) &&
      lastsAsLong(w, n) &&
      coversValue(w, n))
  );
}

/** An effect other than NoExecute knows no time. */
function lastsAsLong(wide: V1Toleration, narrow: V1Toleration): boolean {
  if (wide.effect !== "NoExecute" || wide.tolerationSeconds === undefined) return true;
  return narrow.tolerationSeconds !== undefined && narrow.tolerationSeconds <= wide.tolerationSeconds;
}

function coversValue(wide: V1Toleration, narrow: V1Toleration): boolean {
  if (wide.operator === "Exists") return true;
  const isEqual = wide.operator === "" || wide.operator === "Equal";
  return isEqual && narrow.operator === "Equal" && narrow.value === wide.value;
}
