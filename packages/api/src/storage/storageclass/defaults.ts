import type { Draft } from "@dingi/apimachinery";
import type { V1StorageClass } from "./storageclass.gen.ts";

/** Upstream: pkg/apis/storage/v1/defaults.go#SetDefaults_StorageClass */
export function defaultStorageClass(storageClass: Draft<V1StorageClass>): void {
  storageClass.reclaimPolicy ??= "Delete";
  storageClass.volumeBindingMode ??= "Immediate";
}
