import type { Draft } from "../meta/draft.ts";
import type { V1ManagedFieldsEntry } from "../meta/meta.gen.ts";
import type { KubeObject } from "../meta/object.ts";
import { decodeManagers, encodeManagers, type Manager, type Managers } from "./managed.ts";
import { OwnersTooLarge } from "./owners-budget.ts";
import { paceOf, trackUpdate, type WriteContext } from "./write-context.ts";

interface UpdateInput extends WriteContext {
  /** What is about to be written; its managedFields are replaced. */
  readonly object: Draft<KubeObject>;
}

/**
 * Sets `metadata.managedFields` for a create, update or patch. What cannot be tracked keeps the owners it had.
 * @throws {OwnersTooLarge} and nothing else
 * Upstream: managedfields/internal/fieldmanager.go#UpdateNoErrors
 */
export async function updateManagedFields(input: UpdateInput): Promise<void> {
  const { metadata } = input.object;
  let entries: V1ManagedFieldsEntry[] | undefined;
  try {
    const managers = await managersAfterUpdate(input);
    const due = paceOf(input)();
    if (due) await due;
    entries = encodeManagers(managers);
  } catch (error) {
    if (error instanceof OwnersTooLarge) throw error;
    entries = input.live?.metadata.managedFields?.slice();
  }
  if (entries === undefined) delete metadata.managedFields;
  else metadata.managedFields = entries as Draft<V1ManagedFieldsEntry[]>;
}

async function managersAfterUpdate(input: UpdateInput): Promise<Managers> {
  const managers = managersBeforeUpdate(input);
  const due = paceOf(input)();
  if (due) await due;
  // Tracking begins with the object: what was created without owners stays without.
  if (managers.size === 0 && input.live?.metadata.uid) return managers;
  return await trackUpdate(input, input.object, managers);
}

/** The owners that the request brings, or else those that the live object has. Upstream: fieldmanager.go#decodeLiveOrNew */
function managersBeforeUpdate({ live, object, subresource }: UpdateInput): Managers {
  const liveEntries = live?.metadata.managedFields;
  if (subresource !== "") return decodeOrNone(liveEntries);
  const brought = object.metadata.managedFields as readonly V1ManagedFieldsEntry[] | undefined;
  if (brought !== undefined && brought !== null && isReset(brought)) return new Map();
  const managers = decodeOrNone(brought);
  return managers.size > 0 ? managers : decodeOrNone(liveEntries);
}

/** An empty list, or one empty entry, takes all owners away. */
function isReset(entries: readonly V1ManagedFieldsEntry[]): boolean {
  return entries.length === 0 || (entries.length === 1 && Object.keys(entries[0]!).length === 0);
}

function decodeOrNone(entries: readonly V1ManagedFieldsEntry[] | undefined): Map<string, Manager> {
  try {
    return decodeManagers(entries);
  } catch {
    return new Map();
  }
}
