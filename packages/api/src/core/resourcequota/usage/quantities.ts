import { compareQuantity, subQuantity } from "@dingi/apimachinery";
import type { ResourceList } from "../../pod/resources.ts";

const isZero = (quantity: string): boolean => compareQuantity(quantity, "0") === 0;

/** Only the entries of these names. */
export function maskResources(list: ResourceList, names: Iterable<string>): ResourceList {
  const wanted = new Set(names);
  return Object.fromEntries(Object.entries(list).filter(([name]) => wanted.has(name)));
}

export function withoutZeros(list: ResourceList): ResourceList {
  return Object.fromEntries(Object.entries(list).filter(([, quantity]) => !isZero(quantity)));
}

/** By how much `a` is more than `b`. Upstream: apiserver/pkg/quota/v1/resources.go#SubtractWithNonNegativeResult */
export function excessOf(a: ResourceList, b: ResourceList): ResourceList {
  const more = Object.entries(a).map(([name, quantity]) => {
    const rest = subQuantity(quantity, b[name] ?? "0");
    return [name, compareQuantity(rest, "0") > 0 ? rest : "0"] as const;
  });
  return Object.fromEntries(more);
}

export function equalResources(a: ResourceList = {}, b: ResourceList = {}): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && compareQuantity(a[name]!, b[name]!) === 0);
}

/** "cpu=1,pods=2" */
export function resourcesText(list: ResourceList): string {
  const entries = Object.entries(list).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, quantity]) => `${name}=${quantity}`).join(",");
}
