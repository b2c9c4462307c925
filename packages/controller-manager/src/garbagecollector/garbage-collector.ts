import { Event } from "@dingi/api";
import {
  ignoreGone,
  isNotFound,
  parseKey,
  type KindDefinition,
  type KubeObject,
  type ObjectKey,
  type V1OwnerReference,
} from "@dingi/apimachinery";
import {
  DONE,
  defineController,
  type ControllerDefinition,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { referenceTo, type RestMapper } from "@dingi/client";
import { AbsentOwners } from "./absent-owners.ts";
import { OwnerGraph, type GraphNode } from "./owner-graph.ts";
import { describeReference, isInReach, isTrueOf } from "./owner-reference.ts";
import { UnknownOwners } from "./unknown-owners.ts";

const FOREGROUND = "foregroundDeletion";
const ORPHAN = "orphan";

/** Deletes what has lost its owners, and carries out foreground and orphaning deletions. Upstream: pkg/controller/garbagecollector */
export function garbageCollector(): ControllerDefinition {
  const memory: Memory = { graph: new OwnerGraph(), absent: new AbsentOwners(), unknown: new UnknownOwners() };
  return defineController({
    name: "garbage-collector-controller",
    serviceAccount: "generic-garbage-collector",
    watchesAll: {
      verbs: ["delete", "list", "watch"],
      // They come and go by themselves.
      ignores: (kind) => (kind as unknown) === Event,
      keys: (kind, object, context) => observe(memory, kind, object, context),
      *changed({ kinds }) {
        const served = kinds.current;
        const uids = memory.unknown.take((apiVersion, kind) => served.kindOf(apiVersion, kind) !== undefined);
        for (const name of uids) yield { namespace: "", name };
      },
      gone: (kind) => memory.graph.deleteKind(kind),
    },
    reconcile: (key, context) => reconcile(key.name, context, memory),
    concurrency: 10,
  });
}

interface Memory {
  readonly graph: OwnerGraph;
  readonly absent: AbsentOwners;
  readonly unknown: UnknownOwners;
}

/** Keeps the graph up to date; the uids whose fate may have changed are looked at. */
function* observe(
  memory: Memory,
  kind: KindDefinition,
  object: KubeObject,
  context: ReconcileContext,
): Iterable<ObjectKey> {
  const { graph } = memory;
  const uid = object.metadata.uid ?? "";
  memory.unknown.forget(uid);
  const live = context.cache.get(kind, {
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name ?? "",
  });
  const before = graph.get(uid);
  if (live?.metadata.uid === uid) graph.set(kind, live);
  else graph.delete(uid);
  const node = graph.get(uid);
  const concerned = node
    ? afterChange(graph, { node, before, served: context.kinds.current })
    : afterEnd(memory, object, before);
  for (const name of concerned) yield { namespace: "", name };
  if (node) tellOutOfReach(graph, node, before, context);
}

/** An owner in another namespace is no owner, and whoever wrote so should know. Told once, whichever of the two came first. */
function tellOutOfReach(
  graph: OwnerGraph,
  node: GraphNode,
  before: GraphNode | undefined,
  { events }: ReconcileContext,
): void {
  const tell = (dependent: GraphNode, reference: V1OwnerReference) =>
    events.event(
      referenceTo(dependent.kind, dependent.object),
      "Warning",
      "OwnerRefInvalidNamespace",
      describeReference(reference, dependent.namespace),
    );
  const known = new Set((before?.owners ?? []).map(({ uid }) => uid));
  for (const reference of node.owners) {
    const owner = known.has(reference.uid) ? undefined : graph.get(reference.uid);
    if (owner && !isInReach(owner, node)) return tell(node, reference);
  }
  if (before) return;
  for (const dependent of graph.dependents(node.uid))
    if (!isInReach(node, dependent))
      tell(
        dependent,
        dependent.owners.find(({ uid }) => uid === node.uid)!,
      );
}

/** What the object owned has lost an owner, and an owner that waits for it can go on. */
function* afterEnd(
  { graph, absent }: Memory,
  { metadata }: KubeObject,
  before: GraphNode | undefined,
): Iterable<string> {
  const { uid = "", name = "", namespace = "" } = metadata;
  const dependents = [...graph.dependents(uid)];
  if (before && dependents.length > 0) {
    const { apiVersion, kind } = before.kind;
    absent.add({ apiVersion, kind, name, uid }, namespace);
  }
  for (const dependent of dependents) yield dependent.uid;
  for (const owner of before?.owners ?? metadata.ownerReferences ?? []) yield owner.uid;
}

interface Change {
  readonly node: GraphNode;
  readonly before: GraphNode | undefined;
  readonly served: RestMapper;
}

function* afterChange(graph: OwnerGraph, { node, before, served }: Change): Iterable<string> {
  const { uid, object, owners: ownerReferences } = node;
  if (ownerReferences.length > 0 || isBeingDeleted(object)) yield uid;
  // Those that say of it what is not true have to look for themselves.
  if (!before)
    for (const dependent of graph.dependents(uid))
      if (!dependent.owners.some((one) => isTrueOf(one, node, served))) yield dependent.uid;
  // Also those that it has just let go: they may have waited for it.
  for (const owner of [...ownerReferences, ...(before?.owners ?? [])]) {
    const node = graph.get(owner.uid);
    if (node && isBeingDeleted(node.object)) yield owner.uid;
  }
}

function isBeingDeleted({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

async function reconcile(uid: string, context: ReconcileContext, memory: Memory): Promise<Result> {
  const { graph } = memory;
  const node = graph.get(uid);
  if (!node) return DONE;
  const { finalizers = [] } = node.object.metadata;
  if (isBeingDeleted(node.object) && finalizers.includes(ORPHAN)) return await orphanDependents(node, context, graph);
  if (isBeingDeleted(node.object) && finalizers.includes(FOREGROUND))
    return await deleteDependents(node, context, memory);
  if (isBeingDeleted(node.object) || node.owners.length === 0) return DONE;
  return await collect(node, context, memory);
}

/** Deletes an object none of whose owners exists any more. */
async function collect(node: GraphNode, context: ReconcileContext, memory: Memory): Promise<Result> {
  const known = await statesOf(node, context, memory);
  const isKept = known.every(({ state }) => state === "exists") || known.some(({ state }) => state === "unclear");
  if (isKept) return DONE;
  // The graph may be behind: what is done is done to the object as it is, and only if it stays so.
  const object = await context.client.get(node.kind, parseKey(node.key)).catch(ignoreGone);
  if (!object || object.metadata.uid !== node.uid) return DONE;
  const live = { ...node, object, owners: object.metadata.ownerReferences ?? [] };
  return live.owners.length === 0 ? DONE : await settle(live, context, memory);
}

async function settle(node: GraphNode, context: ReconcileContext, memory: Memory): Promise<Result> {
  const states = await statesOf(node, context, memory);
  if (states.some(({ state }) => state === "unclear")) return DONE;
  const solid = states.filter(({ state }) => state === "exists");
  const gone = states.filter(({ state }) => state === "gone");
  const waiting = states.filter(({ state }) => state === "waits");
  if (solid.length > 0) {
    if (gone.length + waiting.length > 0)
      await dropOwners(
        node,
        [...gone, ...waiting].map(({ owner }) => owner),
        context,
      );
    return DONE;
  }
  const dependents = [...memory.graph.dependents(node.uid)];
  if (waiting.length > 0 && dependents.length > 0) {
    // Owners that wait for each other in a circle would wait for ever.
    const unblocked = dependents.some(waitsForDependents) ? await unblockOwners(node, context) : undefined;
    return await remove({ ...node, object: unblocked ?? node.object }, "Foreground", context);
  }
  return await remove(node, policyOf(node.object), context);
}

function policyOf({ metadata }: KubeObject): "Orphan" | "Foreground" | "Background" {
  if (metadata.finalizers?.includes(ORPHAN)) return "Orphan";
  return metadata.finalizers?.includes(FOREGROUND) ? "Foreground" : "Background";
}

function waitsForDependents({ object }: Pick<GraphNode, "object">): boolean {
  return isBeingDeleted(object) && (object.metadata.finalizers ?? []).includes(FOREGROUND);
}

/** "unclear": nothing can be known of it, so that nothing is done. */
type OwnerState = "exists" | "gone" | "waits" | "unclear";

async function statesOf(
  node: GraphNode,
  context: ReconcileContext,
  memory: Memory,
): Promise<readonly { readonly owner: V1OwnerReference; readonly state: OwnerState }[]> {
  return await Promise.all(
    node.owners.map(async (owner) => ({ owner, state: await ownerState(owner, node, context, memory) })),
  );
}

/**
 * An owner that the graph does not know as the reference says is asked for, where the reference says.
 * Upstream: pkg/controller/garbagecollector/garbagecollector.go#isDangling
 */
async function ownerState(
  owner: V1OwnerReference,
  node: GraphNode,
  { client, kinds }: ReconcileContext,
  { graph, absent, unknown }: Memory,
): Promise<OwnerState> {
  if (absent.has(owner, "") || absent.has(owner, node.namespace)) return "gone";
  const known = graph.get(owner.uid);
  const served = kinds.current;
  if (known && isInReach(known, node) && isTrueOf(owner, known, served)) return stateOf(known);
  const kind = served.kindOf(owner.apiVersion, owner.kind);
  const state = await lookUp(owner, node, { client, kind });
  if (state === "unknown") unknown.add(node.uid, owner);
  if (state === "gone") absent.add(owner, kind?.scope === "Namespaced" ? node.namespace : "");
  return state === "unknown" ? "unclear" : state;
}

const stateOf = (owner: Pick<GraphNode, "object">): OwnerState => (waitsForDependents(owner) ? "waits" : "exists");

interface Source {
  readonly client: ReconcileContext["client"];
  readonly kind: KindDefinition | undefined;
}

/** "unknown": of a kind that is not served. That an owner is gone can only be said of one whose kind is. */
async function lookUp(
  { name, uid }: V1OwnerReference,
  node: GraphNode,
  { client, kind }: Source,
): Promise<OwnerState | "unknown"> {
  if (!kind) return "unknown";
  // Where would a namespaced owner of what is in no namespace be?
  if (kind.scope === "Namespaced" && node.namespace === "") return "unclear";
  const namespace = kind.scope === "Namespaced" ? node.namespace : "";
  try {
    const live = await client.get(kind, { namespace, name });
    return live.metadata.uid === uid ? stateOf({ object: live }) : "gone";
  } catch (error) {
    if (!isNotFound(error)) throw error;
    // Where it is the kind that is missing, no object is named.
    return error.status.details?.name === name ? "gone" : "unknown";
  }
}

async function dropOwners(
  node: GraphNode,
  owners: readonly V1OwnerReference[],
  { client }: ReconcileContext,
): Promise<void> {
  const dropped = new Set(owners.map(({ uid }) => uid));
  if (node.kind.custom) {
    const kept = node.owners.filter(({ uid }) => !dropped.has(uid));
    return void (await replaceOwners(node, kept, client));
  }
  const ownerReferences = [...dropped].map((uid) => ({ $patch: "delete", uid }));
  await client
    .patch(node.kind, parseKey(node.key), { metadata: { ownerReferences, uid: node.uid } }, { type: "strategic" })
    .catch(ignoreGone);
}

/** Of a kind without merge keys: all of them, if nobody changes the object meanwhile. Upstream: …/patch.go#deleteOwnerRefJSONMergePatch */
async function replaceOwners(
  { kind, key, uid, object }: GraphNode,
  owners: readonly V1OwnerReference[],
  client: ReconcileContext["client"],
): Promise<KubeObject | undefined> {
  const ownerReferences = owners.length > 0 ? owners : null;
  const { resourceVersion } = object.metadata;
  const patch = { metadata: { ownerReferences, resourceVersion, uid } };
  return await client.patch(kind, parseKey(key), patch, { type: "merge" }).catch(ignoreGone);
}

/** Upstream: pkg/controller/garbagecollector/patch.go#unblockOwnerReferencesStrategicMergePatch */
async function unblockOwners(node: GraphNode, { client }: ReconcileContext): Promise<KubeObject | undefined> {
  const blocking = node.owners.filter(({ blockOwnerDeletion }) => blockOwnerDeletion);
  if (blocking.length === 0) return undefined;
  if (node.kind.custom) {
    const owners = node.owners.map((owner) =>
      owner.blockOwnerDeletion ? { ...owner, blockOwnerDeletion: false } : owner,
    );
    return await replaceOwners(node, owners, client);
  }
  const ownerReferences = blocking.map(({ uid }) => ({ uid, blockOwnerDeletion: false }));
  return await client
    .patch(node.kind, parseKey(node.key), { metadata: { ownerReferences, uid: node.uid } }, { type: "strategic" })
    .catch(ignoreGone);
}

async function remove(node: GraphNode, propagationPolicy: string, { client }: ReconcileContext): Promise<Result> {
  const { resourceVersion } = node.object.metadata;
  await client
    .delete(node.kind, parseKey(node.key), { propagationPolicy, preconditions: { uid: node.uid, resourceVersion } })
    .catch(ignoreGone);
  return DONE;
}

async function orphanDependents(node: GraphNode, context: ReconcileContext, graph: OwnerGraph): Promise<Result> {
  for (const dependent of graph.dependents(node.uid)) {
    await dropOwners(
      dependent,
      dependent.owners.filter(({ uid }) => uid === node.uid),
      context,
    );
  }
  return await removeFinalizer(node, ORPHAN, context);
}

/** The owner goes when those are gone that block it. Upstream: pkg/controller/garbagecollector/garbagecollector.go#processDeletingDependentsItem */
async function deleteDependents(node: GraphNode, context: ReconcileContext, memory: Memory): Promise<Result> {
  const dependents = [...memory.graph.dependents(node.uid)];
  for (const dependent of dependents) if (!isBeingDeleted(dependent.object)) await collect(dependent, context, memory);
  const blocking = dependents.some(({ owners }) =>
    owners.some(({ uid, blockOwnerDeletion }) => uid === node.uid && blockOwnerDeletion),
  );
  return blocking ? DONE : await removeFinalizer(node, FOREGROUND, context);
}

async function removeFinalizer(node: GraphNode, finalizer: string, { client }: ReconcileContext): Promise<Result> {
  const live = await client.get(node.kind, parseKey(node.key)).catch(ignoreGone);
  if (!live || live.metadata.uid !== node.uid || !live.metadata.finalizers?.includes(finalizer)) return DONE;
  const finalizers = live.metadata.finalizers.filter((other) => other !== finalizer);
  const patch = {
    metadata: { finalizers: finalizers.length > 0 ? finalizers : null, resourceVersion: live.metadata.resourceVersion },
  };
  await client.patch(node.kind, parseKey(node.key), patch, { type: "merge" });
  return DONE;
}
