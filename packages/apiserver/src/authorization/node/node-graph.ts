import { Pod, type V1Pod } from "@dingi/api";
import type { StoreFeed } from "../../cacher/store-feed.ts";

/** Which ConfigMaps, Secrets and service accounts each node needs, because its pods refer to them. Upstream: plugin/pkg/auth/authorizer/node/graph.go */
export class NodeGraph {
  /** node → "secrets/ns/name" → how many pods of the node refer to it. */
  readonly #references = new Map<string, Map<string, number>>();

  constructor(feed: StoreFeed) {
    const cache = feed.cache(Pod);
    for (const stored of cache.snapshot().values()) this.#change(stored.object as V1Pod, 1);
    cache.onEvent(({ current, previous }) => {
      const [now, before] = [current?.object as V1Pod | undefined, previous?.object as V1Pod | undefined];
      if (now && before && now.spec.nodeName === before.spec.nodeName && sameReferences(now, before)) return;
      if (before) this.#change(before, -1);
      if (now) this.#change(now, 1);
    });
  }

  has(node: string, resource: string, namespace: string, name: string): boolean {
    return (this.#references.get(node)?.get(`${resource}/${namespace}/${name}`) ?? 0) > 0;
  }

  #change(pod: V1Pod, by: 1 | -1): void {
    const node = pod.spec.nodeName;
    if (!node) return;
    const counts = this.#references.get(node) ?? new Map<string, number>();
    this.#references.set(node, counts);
    for (const reference of referencesOf(pod)) {
      const count = (counts.get(reference) ?? 0) + by;
      if (count > 0) counts.set(reference, count);
      else counts.delete(reference);
    }
    if (counts.size === 0) this.#references.delete(node);
  }
}

/** A pod's references change only with ephemeral containers; the specs of stored objects are shared between revisions. */
function sameReferences(a: V1Pod, b: V1Pod): boolean {
  return a.spec === b.spec || (a.spec.ephemeralContainers ?? []).length === (b.spec.ephemeralContainers ?? []).length;
}

function* referencesOf(pod: V1Pod): Iterable<string> {
  const namespace = pod.metadata.namespace ?? "";
  const { spec } = pod;
  yield `pods/${namespace}/${pod.metadata.name}`;
  if (spec.serviceAccountName) yield `serviceaccounts/${namespace}/${spec.serviceAccountName}`;
  for (const { name } of spec.imagePullSecrets ?? []) yield `secrets/${namespace}/${name}`;
  for (const volume of spec.volumes ?? []) {
    if (volume.secret?.secretName) yield `secrets/${namespace}/${volume.secret.secretName}`;
    if (volume.configMap?.name) yield `configmaps/${namespace}/${volume.configMap.name}`;
    for (const { secret, configMap } of volume.projected?.sources ?? []) {
      if (secret?.name) yield `secrets/${namespace}/${secret.name}`;
      if (configMap?.name) yield `configmaps/${namespace}/${configMap.name}`;
    }
  }
  for (const container of [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ]) {
    for (const { secretRef, configMapRef } of container.envFrom ?? []) {
      if (secretRef?.name) yield `secrets/${namespace}/${secretRef.name}`;
      if (configMapRef?.name) yield `configmaps/${namespace}/${configMapRef.name}`;
    }
    for (const { valueFrom } of container.env ?? []) {
      if (valueFrom?.secretKeyRef?.name) yield `secrets/${namespace}/${valueFrom.secretKeyRef.name}`;
      if (valueFrom?.configMapKeyRef?.name) yield `configmaps/${namespace}/${valueFrom.configMapKeyRef.name}`;
    }
  }
}
