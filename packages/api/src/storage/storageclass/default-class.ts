import { newestOf } from "@dingi/apimachinery";
import type { V1StorageClass } from "./storageclass.gen.ts";

const IS_DEFAULT = "storageclass.kubernetes.io/is-default-class";
const BETA_IS_DEFAULT = "storageclass.beta.kubernetes.io/is-default-class";

/** Upstream: pkg/volume/util/storageclass.go#GetDefaultClass */
export function defaultStorageClassOf(classes: readonly V1StorageClass[]): V1StorageClass | undefined {
  return newestOf(classes.filter(isDefault));
}

const isDefault = ({ metadata: { annotations } }: V1StorageClass): boolean =>
  annotations?.[IS_DEFAULT] === "true" || annotations?.[BETA_IS_DEFAULT] === "true";
