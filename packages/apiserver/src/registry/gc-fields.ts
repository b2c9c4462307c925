import { semanticEqual, type KubeObject } from "@dingi/apimachinery";

/** Whether a write changes nothing but what the garbage collector writes, too. Upstream: pkg/registry/rbac/helpers.go#IsOnlyMutatingGCFields */
export function changesOnlyGcFields(object: KubeObject, old: KubeObject): boolean {
  return semanticEqual(withoutGcFields(object), withoutGcFields(old));
}

function withoutGcFields(object: KubeObject): object {
  const ignored = { ownerReferences: undefined, finalizers: undefined, selfLink: undefined, managedFields: undefined };
  return { ...object, kind: undefined, apiVersion: undefined, metadata: { ...object.metadata, ...ignored } };
}
