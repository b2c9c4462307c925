import type { V1StorageClass } from "./storageclass.gen.ts";

const IS_DEFAULT = "storageclass.kubernetes.io/is-default-class";
const BETA_IS_DEFAULT = "storageclass.beta.kubernetes.io/is-default-class";

const isDefault = ({ metadata: { annotations } }: V1StorageClass): boolean =>
  annotations?.[IS_DEFAULT] === "true" || annotations?.[BETA_IS_DEFAULT] === "true";

/** The newest of those that say they are the default; of the same age, the first by name. Upstream: pkg/volume/util/storageclass.go#GetDefaultClass */
export function defaultClassOf(classes: readonly V1StorageClass[]): V1StorageClass | undefined {
  return classes.filter(isDefault).reduce<V1StorageClass | undefined>((best, one) => {
    return best === undefined || goesBefore(one, best) ? one : best;
  }, undefined);
}

function goesBefore({ metadata: one }: V1StorageClass, { metadata: other }: V1StorageClass): boolean {
  const [made, otherMade] = [one.creationTimestamp ?? "", other.creationTimestamp ?? ""];
  return made === otherMade ? (one.name ?? "") < (other.name ?? "") : made > otherMade;
}
