import type { V1ObjectMeta } from "@dingi/apimachinery";

/** How a class was named before it had a field; what it says still goes first. */
export const STORAGE_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

export function annotatedStorageClass({ annotations }: V1ObjectMeta): string | undefined {
  return annotations?.[STORAGE_CLASS_ANNOTATION];
}
