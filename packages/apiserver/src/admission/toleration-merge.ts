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

function covers(wide: V1Toleration, narrow: V1Toleration): boolean {
  if (semanticEqual(wide, narrow)) return true;
  const { key = "", operator = "", value = "", effect = "" } = wide;
  const takesAnyKey = key === "" && operator === "Exists";
  if ((narrow.key ?? "") !== key && !takesAnyKey) return false;
  if (effect !== "" && (narrow.effect ?? "") !== effect) return false;
  if (effect === "NoExecute" && !lastsAsLong(wide, narrow)) return false;
  if (operator === "Exists") return true;
  const isEqual = operator === "" || operator === "Equal";
  return isEqual && narrow.operator === "Equal" && (narrow.value ?? "") === value;
}

const lastsAsLong = (wide: V1Toleration, narrow: V1Toleration): boolean =>
  wide.tolerationSeconds === undefined ||
  (narrow.tolerationSeconds !== undefined && narrow.tolerationSeconds <= wide.tolerationSeconds);
