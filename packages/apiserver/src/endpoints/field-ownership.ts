import { OwnersTooLarge, updateManagedFields, type Draft, type KubeObject } from "@dingi/apimachinery";
import { newTooLargeToStore, roomForOwners } from "../registry/stored-size.ts";
import type { ObjectWrite } from "./write-call.ts";

/**
 * Records in `metadata.managedFields` who changed what; every write but an apply comes through here. Both objects are as the
 * write's door shows them. Throws StatusError 500 for an object that has no room for them in the store.
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
  if (maxOwnersBytes < 0) return;
  const settling = write.door.settle?.(object);
  const settled = settling ? await settling : object;
  await orTooLarge(updateManagedFields({ ...ownershipContext(write, live), object: settled, maxOwnersBytes }));
  if (settled === object) return;
  const { managedFields } = settled.metadata;
  if (managedFields === undefined) delete object.metadata.managedFields;
  else object.metadata.managedFields = managedFields;
}

/** In the words that an object too large gets without its owners. */
export async function orTooLarge<T>(owned: Promise<T>): Promise<T> {
  try {
    return await owned;
  } catch (error) {
    throw error instanceof OwnersTooLarge ? newTooLargeToStore() : error;
  }
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
