import { type KindDefinition, type KubeObject, type V1ObjectMeta } from "@dingi/apimachinery";
import type { ReconcileContext } from "@dingi/controller-runtime";

/** What a protected object needs. Upstream: pkg/controller/util/protectionutil/utils.go */
type ProtectionPlan = "add" | "remove if unused" | "none";

export function planProtection(
  { deletionTimestamp, finalizers = [] }: Pick<V1ObjectMeta, "deletionTimestamp" | "finalizers">,
  finalizer: string,
): ProtectionPlan {
  const has = finalizers.includes(finalizer);
  if (deletionTimestamp === undefined) return has ? "none" : "add";
  return has ? "remove if unused" : "none";
}

interface Protected<T extends KubeObject> {
  readonly object: T;
  readonly finalizer: string;
  readonly isUsed: () => boolean | Promise<boolean>;
}

/** Lets nobody delete an object while it is used, and lets it go when it is not. */
export async function protect<T extends KubeObject>(
  kind: KindDefinition<T>,
  { object, finalizer, isUsed }: Protected<T>,
  { client }: ReconcileContext,
): Promise<void> {
  const { finalizers = [] } = object.metadata;
  const write = (wanted: string[]) =>
    client.update(kind, { ...object, metadata: { ...object.metadata, finalizers: wanted } });
  switch (planProtection(object.metadata, finalizer)) {
    case "add":
      return void (await write([...finalizers, finalizer]));
    case "remove if unused":
      if (await isUsed()) return;
      return void (await write(finalizers.filter((name) => name !== finalizer)));
    case "none":
  }
}
