import { updateManagedFields, type Draft, type KubeObject } from "@dingi/apimachinery";
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
  await updateManagedFields({ ...ownershipContext(write, live), object });
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
