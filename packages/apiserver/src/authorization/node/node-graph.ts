import {
  isMirrorPod,
  PersistentVolume,
  Pod,
  PodCertificateRequest,
  podReferences,
  ResourceSlice,
  VolumeAttachment,
  type V1PersistentVolume,
  type V1Pod,
} from "@dingi/api";
import type { AnyKind, KubeObject } from "@dingi/apimachinery";
import type { ResourceCache } from "../../cacher/resource-cache.ts";
import type { StoreFeed } from "../../cacher/store-feed.ts";

interface Addressed {
  readonly resource: string;
  /** Empty for what belongs to the cluster. */
  readonly namespace: string;
  readonly name: string;
}

type AboutNode = KubeObject & { readonly spec: { readonly nodeName?: string } };

/** Which objects each node needs, because its pods refer to them. Upstream: plugin/pkg/auth/authorizer/node/graph.go */
export class NodeGraph {
  /** node → "secrets/ns/name" → how many pods of the node refer to it. */
  readonly #references = new Map<string, Map<string, number>>();

  readonly #volumes: Pick<ResourceCache, "get">;
  /** Of kinds whose objects say which node they are about, by resource. */
  readonly #ofNodes: ReadonlyMap<string, Pick<ResourceCache, "get">>;

  constructor(feed: StoreFeed) {
    this.#volumes = feed.cache(PersistentVolume);
    const ofNodes = [ResourceSlice, PodCertificateRequest, VolumeAttachment] as readonly unknown[] as AnyKind[];
    this.#ofNodes = new Map(ofNodes.map((kind) => [kind.plural, feed.cache(kind)]));
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

  /** Whether a pod of the node has a claim that the volume is bound to, or kept for. */
  hasVolume(node: string, name: string): boolean {
    const claim = (this.#volumes.get(name)?.object as V1PersistentVolume | undefined)?.spec.claimRef;
    return claim !== undefined && this.has(node, "persistentvolumeclaims", claim.namespace ?? "", claim.name ?? "");
  }

  /** Whether an object says that it is about the node. */
  isAbout(node: string, { resource, namespace, name }: Addressed): boolean {
    const key = namespace === "" ? name : `${namespace}/${name}`;
    const found = this.#ofNodes.get(resource)?.get(key)?.object as AboutNode | undefined;
    return found?.spec.nodeName === node;
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

/** The references of a bound pod change only with ephemeral containers, claims and its being a mirror. */
function sameReferences(a: V1Pod, b: V1Pod): boolean {
  if (isMirrorPod(a) !== isMirrorPod(b)) return false;
  if (a.status.resourceClaimStatuses !== b.status.resourceClaimStatuses) return false;
  if (a.status.extendedResourceClaimStatus !== b.status.extendedResourceClaimStatus) return false;
  return a.spec === b.spec || (a.spec.ephemeralContainers ?? []).length === (b.spec.ephemeralContainers ?? []).length;
}

function* referencesOf(pod: V1Pod): Iterable<string> {
  const { namespace = "", name } = pod.metadata;
  yield `pods/${namespace}/${name}`;
  // A node makes its mirror pods itself: what they name must give it nothing.
  if (isMirrorPod(pod)) return;
  for (const reference of podReferences(pod)) yield `${reference.resource}/${namespace}/${reference.name}`;
}
