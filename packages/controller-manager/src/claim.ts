import {
  ignoreGone,
  keyOf,
  labelSelectorAsSelector,
  type KindDefinition,
  type KubeObject,
  type V1LabelSelector,
  type V1OwnerReference,
} from "@dingi/apimachinery";
import { Pod } from "@dingi/api";
import {
  choosing,
  labelIndexes,
  labelValues,
  selectorIndexes,
  withLabels,
  type Client,
  type IndexFunction,
} from "@dingi/client";
import {
  indexesOf,
  watchOf,
  type ControllerCache,
  type ControllerDefinition,
  type Watch,
} from "@dingi/controller-runtime";

export interface Claimant extends KubeObject {
  readonly spec: { readonly selector?: V1LabelSelector | undefined };
}

interface ClaimOptions<O extends KubeObject, T extends KubeObject> {
  readonly client: Client;
  readonly ownerKind: KindDefinition<O>;
  readonly owner: Claimant;
  readonly kind: KindDefinition<T>;
  /** Those of the namespace that may be the owner's: its own, and orphans. */
  readonly candidates: readonly T[];
  /** What a selector cannot say; all that it matches when absent. */
  readonly isMember?: (object: T) => boolean;
  /** What is adopted gets it, and what is let go loses it. */
  readonly finalizer?: string;
}

/**
 * The objects that belong to an owner: orphans that its selector matches are adopted, own ones that it does not match
 * any more are let go. Upstream: pkg/controller/controller_ref_manager.go
 */
export async function claim<O extends KubeObject, T extends KubeObject>(options: ClaimOptions<O, T>): Promise<T[]> {
  const { owner, candidates, isMember = () => true } = options;
  const selector = labelSelectorAsSelector(owner.spec.selector);
  const claimed: T[] = [];
  for (const object of candidates) {
    const controller = controllerOf(object);
    const matches = selector.matches(object.metadata.labels ?? {}) && isMember(object);
    if (controller) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (matches) claimed.push(object);
      else if (owner.metadata.deletionTimestamp === undefined) await release(options, object);
      continue;
    }
    const adoptable =
      matches && owner.metadata.deletionTimestamp === undefined && object.metadata.deletionTimestamp === undefined;
    const adopted = adoptable ? await adopt(options, object) : undefined;
    if (adopted) claimed.push(adopted);
  }
  return claimed;
}

async function adopt<O extends KubeObject, T extends KubeObject>(
  { client, ownerKind, owner, kind, finalizer }: ClaimOptions<O, T>,
  object: T,
): Promise<T | undefined> {
  // The cache may be behind: make sure that the owner is still the one we know.
  const fresh = await client.get(ownerKind, {
    namespace: owner.metadata.namespace ?? "",
    name: owner.metadata.name ?? "",
  });
  if (fresh.metadata.uid !== owner.metadata.uid || fresh.metadata.deletionTimestamp !== undefined) return undefined;
  const finalizers = finalizer === undefined ? {} : { finalizers: [finalizer] };
  const ownerReferences = [controllerReference(ownerKind, owner)];
  const patch = { metadata: { ownerReferences, uid: object.metadata.uid, ...finalizers } };
  return await client.patch(kind, keyFor(object), patch, { type: "strategic" }).catch(ignoreGone);
}

async function release<O extends KubeObject, T extends KubeObject>(
  { client, owner, kind, finalizer }: ClaimOptions<O, T>,
  object: T,
): Promise<void> {
  const finalizers = finalizer === undefined ? {} : { "$deleteFromPrimitiveList/finalizers": [finalizer] };
  const ownerReferences = [{ $patch: "delete", uid: owner.metadata.uid }];
  const patch = { metadata: { ownerReferences, uid: object.metadata.uid, ...finalizers } };
  await client.patch(kind, keyFor(object), patch, { type: "strategic" }).catch(ignoreGone);
}

function keyFor(object: KubeObject): { namespace: string; name: string } {
  return { namespace: object.metadata.namespace ?? "", name: object.metadata.name ?? "" };
}

export function controllerReference(kind: { readonly apiVersion: string; readonly kind: string }, owner: KubeObject) {
  return {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    name: owner.metadata.name ?? "",
    uid: owner.metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
}

const CONTROLLER = "controller";
const ORPHANS = "orphans";
const ORPHANS_BY_LABEL = "orphans by label";

/** For `ownedBy` and `candidatesFor`. */
export const ownershipIndexes: Readonly<Record<string, IndexFunction<KubeObject>>> = {
  [CONTROLLER]: (object) => [controllerOf(object)?.uid ?? []].flat(),
  [ORPHANS]: (object) => (controllerOf(object) ? [] : [object.metadata.namespace ?? ""]),
  [ORPHANS_BY_LABEL]: (object) => (controllerOf(object) ? [] : labelValues(object)),
};

export function controllerOf({ metadata }: KubeObject): V1OwnerReference | undefined {
  return metadata.ownerReferences?.find((reference) => reference.controller);
}

/** Those that an owner controls. */
export function ownedBy<T extends KubeObject>(owner: KubeObject, kind: KindDefinition<T>, cache: ControllerCache): T[] {
  return ownedByUid(owner.metadata.uid ?? "", kind, cache);
}

export function ownedByUid<T extends KubeObject>(uid: string, kind: KindDefinition<T>, cache: ControllerCache): T[] {
  return cache.by(kind, CONTROLLER, uid);
}

/** Those that may be the owner's: its own, and orphans that have the labels it selects by. */
export function candidatesFor<T extends KubeObject>(
  owner: Claimant,
  kind: KindDefinition<T>,
  cache: ControllerCache,
): T[] {
  const namespace = owner.metadata.namespace ?? "";
  const labels = owner.spec.selector?.matchLabels ?? {};
  const orphans =
    Object.keys(labels).length > 0
      ? withLabels(cache.indexed(kind), { namespace, labels, index: ORPHANS_BY_LABEL })
      : cache.by(kind, ORPHANS, namespace);
  return [...ownedBy(owner, kind, cache), ...orphans];
}

/** What owners of pods that choose them by labels look them up by; for `orphanedPods` too. */
export function podOwnerIndexes<O extends KubeObject>(
  kind: KindDefinition<O>,
  selectorOf: (owner: O) => V1LabelSelector | undefined,
): NonNullable<ControllerDefinition["indexes"]> {
  return [
    ...indexesOf(Pod, { ...ownershipIndexes, ...labelIndexes }),
    ...indexesOf(kind, { ...ownershipIndexes, ...selectorIndexes<O>((owner) => selectorOf(owner)?.matchLabels ?? {}) }),
  ];
}

/** An orphan concerns every owner that would adopt it. */
export function orphanedPods<O extends KubeObject>(
  kind: KindDefinition<O>,
  selectorOf: (owner: O) => V1LabelSelector | undefined,
): Watch<never> {
  return watchOf(Pod, function* (pod, { cache }) {
    if (controllerOf(pod) || pod.metadata.deletionTimestamp !== undefined) return;
    const { namespace = "", labels = {} } = pod.metadata;
    for (const owner of choosing(cache.indexed(kind), { namespace, labels }))
      if (labelSelectorAsSelector(selectorOf(owner)).matches(labels)) yield keyOf(owner);
  });
}
