import { ignoreGone, keyOf, type KindDefinition, type KubeObject } from "@dingi/apimachinery";
import { DONE, type ReconcileContext, type Result } from "@dingi/controller-runtime";

interface Ending<T extends KubeObject> {
  readonly kind: KindDefinition<T>;
  readonly object: T;
  /** In epoch milliseconds; Infinity for what never ends. */
  readonly endMs: number;
}

/** Removes an object once its time has come, and looks again then. */
export async function removeWhenOver<T extends KubeObject>(
  { kind, object, endMs }: Ending<T>,
  { client, clock }: Pick<ReconcileContext, "client" | "clock">,
): Promise<Result> {
  if (endMs === Infinity) return DONE;
  const leftMs = endMs - clock.now();
  if (leftMs > 0) return { requeueAfterMs: leftMs };
  const { uid = "" } = object.metadata;
  await client.delete(kind, keyOf(object), { preconditions: { uid } }).catch(ignoreGone);
  return DONE;
}
