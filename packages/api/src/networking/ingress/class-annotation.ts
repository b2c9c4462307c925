import type { V1ObjectMeta } from "@dingi/apimachinery";

/** How a class was named before it had a field. */
export const CLASS_ANNOTATION = "kubernetes.io/ingress.class";

export function ingressClassAnnotation({ annotations }: V1ObjectMeta): string | undefined {
  return annotations?.[CLASS_ANNOTATION];
}
