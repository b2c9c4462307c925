import type { AnyKind, ReviewDefinition } from "@dingi/apimachinery";

/** Access to a namespace may be asked about before it exists. */
export function isAccessReview(kind: AnyKind | ReviewDefinition): boolean {
  return kind.group === "authorization.k8s.io" && kind.plural === "localsubjectaccessreviews";
}
