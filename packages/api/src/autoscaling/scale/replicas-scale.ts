import type { Draft, KubeObject, ScaleSubresource } from "@dingi/apimachinery";

/** A kind whose spec says how many pods it wants, and whose status says how many there are. */
interface Replicated extends KubeObject {
  readonly spec: { readonly replicas?: number | undefined };
  readonly status: { readonly replicas?: number | undefined };
}

/**
 * The Scale of such a kind.
 * @param selectorOf The text form of the selector that finds its pods.
 */
export function replicasScale<T extends Replicated>(selectorOf: (object: T) => string): ScaleSubresource<T> {
  return {
    type: "scale",
    specReplicasPath: ["spec", "replicas"],
    get: (object) => ({
      specReplicas: object.spec.replicas ?? 0,
      statusReplicas: object.status.replicas ?? 0,
      selector: selectorOf(object),
    }),
    setReplicas(object, replicas) {
      (object as Draft<Replicated>).spec.replicas = replicas;
    },
  };
}
