import { updateManagedFields, type Draft, type KubeObject } from "@dingi/apimachinery";
import { fitsStore } from "../registry/stored-size.ts";
import { doorStrategy } from "./door.ts";
import type { WriteCall } from "./write-call.ts";

/** Records in `metadata.managedFields` who changed what; every write but an apply comes through here. */
export function recordOwnership(write: WriteCall, object: Draft<KubeObject>, live: KubeObject | undefined): void {
  const { kind, info } = write.call;
  // What is refused once it was validated needs no owners, and to work them out would cost the most of all.
  if (!fitsStore(kind, object)) return;
  updateManagedFields({
    schema: kind.schema,
    apiVersion: info.apiVersion,
    live,
    object,
    manager: write.fieldManager,
    subresource: info.subresource,
    resetFields: doorStrategy(kind, info.subresource).resetFields ?? [],
    nowMs: write.context.clock.now(),
  });
}
