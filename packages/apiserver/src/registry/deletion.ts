import {
  wireTime,
  newConflict,
  type AnyKind,
  type Draft,
  type KubeObject,
  type V1DeleteOptions,
  type V1ObjectMeta,
} from "@dingi/apimachinery";

import type { WriteContext } from "./request-context.ts";

const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";

/** What a DELETE means for an object as it is now. */
type DeletionPlan =
  /** Remove it from the store. */
  | { readonly action: "remove" }
  /** It is being deleted already, and this request changes nothing. */
  | { readonly action: "pending" }
  /** Write this state: the deletion has begun, or its grace period is shorter now. */
  | { readonly action: "mark"; readonly object: Draft<KubeObject>; readonly removeNow: boolean };

/** Upstream: apiserver/pkg/registry/generic/registry/store.go#Delete and rest/delete.go#BeforeDelete */
export function planDeletion(
  kind: AnyKind,
  current: KubeObject,
  options: V1DeleteOptions,
  context: WriteContext,
): DeletionPlan {
  const isHeld = kind.strategy.deletionFinalizer !== undefined && current.metadata.deletionTimestamp === undefined;
  if (isHeld) return { action: "mark", object: markHeld(kind, current, context), removeNow: false };
  return planUnheld(kind, current, options, context);
}

// oxlint-disable-next-line max-params -- As planDeletion.
function planUnheld(kind: AnyKind, current: KubeObject, options: V1DeleteOptions, context: WriteContext): DeletionPlan {
  const graceful = planGrace(kind, current, options, context);
  if (graceful === "pending") return { action: "pending" };
  const finalizers = finalizersFor(kind, current.metadata, options);
  const changed = finalizers.join() !== (current.metadata.finalizers ?? []).join();
  const held = finalizers.length > 0 || (kind.strategy.holdsDeletion?.(current) ?? false);
  if (!graceful && !held && !changed) return { action: "remove" };
  const object = structuredClone(current) as Draft<KubeObject>;
  if (finalizers.length > 0) object.metadata.finalizers = [...finalizers];
  else delete object.metadata.finalizers;
  if (graceful) Object.assign(object.metadata, graceful);
  else beginDeletion(kind, object.metadata, context);
  kind.strategy.prepareForDelete?.(object, context);
  return { action: "mark", object, removeNow: !held && !graceful?.deletionGracePeriodSeconds };
}

/** A deletion that is held until somebody has cleaned up. Upstream: apiextensions-apiserver/pkg/registry/customresourcedefinition/etcd.go#Delete */
function markHeld(kind: AnyKind, current: KubeObject, context: WriteContext): Draft<KubeObject> {
  const object = structuredClone(current) as Draft<KubeObject>;
  object.metadata.deletionTimestamp = wireTime(context.clock.now());
  object.metadata.finalizers = [...new Set([...(object.metadata.finalizers ?? []), kind.strategy.deletionFinalizer!])];
  kind.strategy.prepareForDelete?.(object, context);
  return object;
}

/** Deletion without grace that something holds back. */
function beginDeletion(kind: AnyKind, metadata: Draft<V1ObjectMeta>, context: WriteContext): void {
  if (metadata.deletionTimestamp === undefined && (metadata.generation ?? 0) > 0)
    metadata.generation = metadata.generation! + 1;
  metadata.deletionTimestamp ??= wireTime(context.clock.now());
  // A namespace, which its own finalizers hold, is marked by other code upstream.
  if (!kind.strategy.holdsDeletion) metadata.deletionGracePeriodSeconds = 0;
}

type Grace = Pick<V1ObjectMeta, "deletionTimestamp" | "deletionGracePeriodSeconds" | "generation">;

function planGrace(
  kind: AnyKind,
  current: KubeObject,
  options: V1DeleteOptions,
  context: WriteContext,
): Grace | "pending" | undefined {
  if (!kind.strategy.gracePeriodSeconds) return undefined;
  const { metadata } = current;
  const requested = options.gracePeriodSeconds === undefined ? undefined : Number(options.gracePeriodSeconds);
  const wanted = requested !== undefined && requested < 0 ? 1 : requested;
  if (metadata.deletionTimestamp !== undefined) return shortenGrace(metadata, wanted, context.clock.now());
  const period = kind.strategy.gracePeriodSeconds(current, wanted);
  if (period === undefined) return undefined;
  return {
    deletionTimestamp: wireTime(context.clock.now() + period * 1000),
    deletionGracePeriodSeconds: period,
    ...((metadata.generation ?? 0) > 0 ? { generation: metadata.generation! + 1 } : {}),
  };
}

/** A grace period may only become shorter. */
function shortenGrace(
  metadata: V1ObjectMeta,
  wanted: number | undefined,
  nowMs: number,
): Grace | "pending" | undefined {
  const running = metadata.deletionGracePeriodSeconds ?? 0;
  if (running === 0) return undefined;
  if (wanted === undefined || wanted >= running) return "pending";
  const endMs = Date.parse(metadata.deletionTimestamp!) - running * 1000 + wanted * 1000;
  const late = endMs < nowMs;
  return {
    deletionTimestamp: wireTime(late ? nowMs : endMs),
    deletionGracePeriodSeconds: late && wanted !== 0 ? 1 : wanted,
  };
}

/** Upstream: apiserver/pkg/registry/generic/registry/store.go#deletionFinalizersForGarbageCollection */
function finalizersFor(kind: AnyKind, metadata: V1ObjectMeta, options: V1DeleteOptions): readonly string[] {
  const current = metadata.finalizers ?? [];
  const orphan = shouldOrphan(kind, current, options);
  const foreground = shouldForeground(current, options);
  const rest = current.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  const hadOrphan = current.includes(ORPHAN);
  const hadForeground = current.includes(FOREGROUND);
  if (orphan === hadOrphan && foreground === hadForeground) return current;
  return [...rest, ...(orphan ? [ORPHAN] : []), ...(foreground ? [FOREGROUND] : [])];
}

function shouldOrphan(kind: AnyKind, current: readonly string[], options: V1DeleteOptions): boolean {
  if (options.orphanDependents !== undefined) return options.orphanDependents;
  if (options.propagationPolicy !== undefined) return options.propagationPolicy === "Orphan";
  if (current.includes(ORPHAN)) return true;
  if (current.includes(FOREGROUND)) return false;
  return kind.strategy.defaultGarbageCollection === "orphan";
}

function shouldForeground(current: readonly string[], options: V1DeleteOptions): boolean {
  if (options.orphanDependents !== undefined) return false;
  if (options.propagationPolicy !== undefined) return options.propagationPolicy === "Foreground";
  return !current.includes(ORPHAN) && current.includes(FOREGROUND);
}

/** Throws StatusError 409 when the object is not the one that the request means. */
export function checkPreconditions(kind: AnyKind, metadata: V1ObjectMeta, options: V1DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  // Upstream names the kind here, where it names the resource everywhere else.
  const resource = { group: kind.group, resource: kind.kind };
  if (uid !== undefined && uid !== metadata.uid) {
    throw newConflict(
      resource,
      metadata.name ?? "",
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw newConflict(
      resource,
      metadata.name ?? "",
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
  }
}
