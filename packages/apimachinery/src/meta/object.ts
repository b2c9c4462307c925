import type { V1ListMeta, V1ObjectMeta } from "./meta.gen.ts";

/** Any API object in its wire shape. Immutable once it is committed or handed out of a cache. */
export interface KubeObject {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata: V1ObjectMeta;
}

export interface KubeList<T> {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata: V1ListMeta;
  readonly items: readonly T[];
}

/** What names an object within its kind; cluster-scoped objects have no namespace (an empty string). */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

/** "namespace/name", or "name" for a cluster-scoped object. */
export function keyString(key: ObjectKey): string {
  return key.namespace === "" ? key.name : `${key.namespace}/${key.name}`;
}

export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf("/");
  return slash < 0 ? { namespace: "", name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

export function keyOf(object: KubeObject): ObjectKey {
  return { namespace: object.metadata.namespace ?? "", name: object.metadata.name ?? "" };
}
