import type { KubeObject } from "./object.ts";

/** The one made last; of the same age, the first by name. */
export function newestOf<T extends KubeObject>(objects: readonly T[]): T | undefined {
  return objects.reduce<T | undefined>((best, one) => (best && !isBefore(one, best) ? best : one), undefined);
}

function isBefore({ metadata: one }: KubeObject, { metadata: other }: KubeObject): boolean {
  const [made, otherMade] = [one.creationTimestamp ?? "", other.creationTimestamp ?? ""];
  return made === otherMade ? (one.name ?? "") < (other.name ?? "") : made > otherMade;
}
