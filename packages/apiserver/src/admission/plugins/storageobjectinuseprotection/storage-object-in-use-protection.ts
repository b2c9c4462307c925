import { PersistentVolume, PersistentVolumeClaim, VolumeAttributesClass } from "@dingi/api";
import type { AnyKind } from "@dingi/apimachinery";
import { isWriteOf, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";

const FINALIZERS: ReadonlyMap<AnyKind, string> = new Map<AnyKind, string>([
  [PersistentVolumeClaim as unknown as AnyKind, "kubernetes.io/pvc-protection"],
  [PersistentVolume as unknown as AnyKind, "kubernetes.io/pv-protection"],
  [VolumeAttributesClass as unknown as AnyKind, "kubernetes.io/vac-protection"],
]);

/**
 * What holds data is born with a finalizer, which a controller takes away once nobody uses it.
 * Upstream: plugin/pkg/admission/storage/storageobjectinuseprotection/admission.go
 */
export class StorageObjectInUseProtection implements AdmissionPlugin {
  handles(operation: Operation): boolean {
    return operation === "CREATE";
  }

  admit(attributes: AdmissionAttributes): void {
    for (const [kind, finalizer] of FINALIZERS) {
      if (!isWriteOf(attributes, kind)) continue;
      const { metadata } = attributes.object;
      const { finalizers = [] } = metadata;
      if (!finalizers.includes(finalizer)) metadata.finalizers = [...finalizers, finalizer];
    }
  }
}
