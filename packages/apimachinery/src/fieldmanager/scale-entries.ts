import type { V1ManagedFieldsEntry } from "../meta/meta.gen.ts";
import { FieldSet } from "./field-set.ts";
import { decodeManagers, encodeManagers, identityOf, type Manager } from "./managed.ts";
import { fieldElement } from "./path-element.ts";

type Entries = readonly V1ManagedFieldsEntry[] | undefined;

/** Where a kind keeps what its Scale calls spec.replicas. */
interface ReplicasPath {
  /** The parent's version that the request is made in. */
  readonly apiVersion: string;
  /** The parent's versions, in each of which the path is the same. */
  readonly versions: readonly string[];
  readonly path: readonly string[];
}

const SCALE_VERSION = "autoscaling/v1";
const SCALE_FIELDS = FieldSet.ofPaths([["spec", "replicas"].map(fieldElement)]);

const fieldsAt = (path: readonly string[]): FieldSet => FieldSet.ofPaths([path.map(fieldElement)]);
const has = (fields: FieldSet, one: FieldSet): boolean => !fields.intersection(one).isEmpty;

/** Who owns the replicas of an object, as owners of its Scale. Upstream: managedfields/scalehandler.go#ToSubresource */
export function scaleEntriesOf(parent: Entries, { versions, path }: ReplicasPath): Entries {
  const replicas = fieldsAt(path);
  const scale = new Map<string, Manager>();
  for (const [identity, manager] of decodeManagers(parent)) {
    if (!versions.includes(manager.apiVersion) || !has(manager.fields, replicas)) continue;
    scale.set(identity, { ...manager, apiVersion: SCALE_VERSION, fields: SCALE_FIELDS });
  }
  return encodeManagers(scale);
}

/**
 * An object's owners after its Scale was written: whoever does not own the Scale's replicas any more loses the object's.
 * Upstream: managedfields/scalehandler.go#ToParent
 */
export function parentEntriesOf(
  parent: Entries,
  scale: Entries,
  { apiVersion, versions, path }: ReplicasPath,
): Entries {
  const replicas = fieldsAt(path);
  const before = decodeManagers(parent);
  const owners = decodeManagers(scale);
  const after = new Map<string, Manager>();
  for (const [identity, manager] of before) {
    if (!versions.includes(manager.apiVersion)) continue;
    const keeps = !has(manager.fields, replicas) || owners.delete(identity);
    const fields = keeps ? manager.fields : manager.fields.difference(replicas);
    if (!fields.isEmpty) after.set(identity, { ...manager, fields });
  }
  for (const manager of owners.values()) {
    if (!has(manager.fields, SCALE_FIELDS)) continue;
    const identity = identityOf(manager);
    after.set(identity, { ...manager, apiVersion, fields: replicas, time: before.get(identity)?.time });
  }
  return encodeManagers(after);
}
