import { Pod, type V1Container, type V1Pod, type V1PodSpec, type V1Volume } from "@dingi/api";
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
  yield `pods/${namespace}/${pod.metadata.name}`;
  for (const { resource, name } of referencesOfSpec(pod.spec)) if (name) yield `${resource}/${namespace}/${name}`;
}

/** A reference may lack its name. */
interface Reference {
  readonly resource: "configmaps" | "secrets" | "serviceaccounts";
  readonly name: string | undefined;
}

const configMap = (name: string | undefined): Reference => ({ resource: "configmaps", name });
const secret = (name: string | undefined): Reference => ({ resource: "secrets", name });

function* referencesOfSpec(spec: V1PodSpec): Iterable<Reference> {
  yield { resource: "serviceaccounts", name: spec.serviceAccountName };
  for (const { name } of spec.imagePullSecrets ?? []) yield secret(name);
  for (const volume of spec.volumes ?? []) yield* referencesOfVolume(volume);
  for (const containers of [spec.initContainers, spec.containers, spec.ephemeralContainers])
    for (const container of containers ?? []) yield* referencesOfContainer(container);
}

function* referencesOfVolume(volume: V1Volume): Iterable<Reference> {
  yield secret(volume.secret?.secretName);
  yield configMap(volume.configMap?.name);
  for (const source of volume.projected?.sources ?? []) {
    yield secret(source.secret?.name);
    yield configMap(source.configMap?.name);
  }
}

function* referencesOfContainer({ envFrom, env }: Pick<V1Container, "envFrom" | "env">): Iterable<Reference> {
  for (const { secretRef, configMapRef } of envFrom ?? []) {
    yield secret(secretRef?.name);
    yield configMap(configMapRef?.name);
  }
  for (const { valueFrom } of env ?? []) {
    yield secret(valueFrom?.secretKeyRef?.name);
    yield configMap(valueFrom?.configMapKeyRef?.name);
  }
}
