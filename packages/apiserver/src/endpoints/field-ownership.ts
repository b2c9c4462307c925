import { OwnersTooLarge, updateManagedFields, type Draft, type KubeObject } from "@dingi/apimachinery";
import { roomForOwners } from "../registry/stored-size.ts";
import type { ObjectWrite } from "./write-call.ts";

/**
 * Records in `metadata.managedFields` who changed what; every write but an apply comes through here. Both objects are as the
 * write's door shows them. What has no room for them in the store is validated without, and is refused after that.
 */
export async function recordOwnership(
  write: ObjectWrite,
  object: Draft<KubeObject>,
  live: KubeObject | undefined,
): Promise<void> {
  const { clock } = write.context;
  const before = clock.yieldIfDue();
  if (before) await before;
  const maxOwnersBytes = roomForOwners(write.door.expected, object);
  // What is refused once it was validated needs no owners, and to work them out would cost the most of all.
  if (maxOwnersBytes < 0) return write.context.outgrow();
  const settling = write.door.settle?.(object);
  const settled = settling ? await settling : object;
  try {
    await updateManagedFields({ ...ownershipContext(write, live), object: settled, maxOwnersBytes });
  } catch (error) {
    if (!(error instanceof OwnersTooLarge)) throw error;
    return write.context.outgrow();
  }
  if (settled === object) return;
  const { managedFields } = settled.metadata;
  if (managedFields === undefined) delete object.metadata.managedFields;
  else object.metadata.managedFields = managedFields;
}

/** Of the owners of fields, and of whoever writes. */
export function ownershipContext({ call, door, fieldManager, context }: ObjectWrite, live: KubeObject | undefined) {
  return {
    kind: door.versioned,
    apiVersion: door.expected.apiVersion,
    live,
    manager: fieldManager,
    subresource: call.info.subresource,
    resetFields: door.strategy.resetFields ?? [],
    nowMs: context.clock.now(),
    pace: () => context.clock.yieldIfDue(),
  };
}
