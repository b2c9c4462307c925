import { updateManagedFields, type Draft, type KubeObject } from "@dingi/apimachinery";
import { fitsStore } from "../registry/stored-size.ts";
import type { ObjectWrite } from "./write-call.ts";

/**
 * Records in `metadata.managedFields` who changed what; every write but an apply comes through here. Both objects are as the
 * write's door shows them.
 */
export async function recordOwnership(
  write: ObjectWrite,
  object: Draft<KubeObject>,
  live: KubeObject | undefined,
): Promise<void> {
  // What is refused once it was validated needs no owners, and to work them out would cost the most of all.
  if (!fitsStore(write.door.expected, object)) return;
  const settling = write.door.settle?.(object);
  const settled = settling ? await settling : object;
  await updateManagedFields({ ...ownershipContext(write, live), object: settled });
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
  };
}
