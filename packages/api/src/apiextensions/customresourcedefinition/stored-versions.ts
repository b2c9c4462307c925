import type { Draft } from "@dingi/apimachinery";
import type { V1CustomResourceDefinition, V1CustomResourceDefinitionStatus } from "./customresourcedefinition.gen.ts";

/** Nobody has accepted the names, and nothing is stored. */
export function emptyStatus(): Draft<V1CustomResourceDefinitionStatus> {
  return { conditions: null as never, acceptedNames: { plural: "", kind: "" }, storedVersions: null as never };
}

/** Objects are stored in it from now on. */
export function rememberStorageVersion(definition: Draft<V1CustomResourceDefinition>): void {
  const storage = (definition.spec.versions ?? []).find(({ storage: isStored }) => isStored);
  if (!storage) return;
  const status = (definition.status ??= emptyStatus());
  const known = status.storedVersions ?? [];
  if (!known.includes(storage.name)) status.storedVersions = [...known, storage.name];
}
