import { builtinKinds } from "@dingi/api";
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
  watchOf,
  type ControllerDefinition,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { OwnerGraph, type GraphNode } from "./owner-graph.ts";

const FOREGROUND = "foregroundDeletion";
const ORPHAN = "orphan";
/** Events come and go by themselves. */
const IGNORED = new Set(["Event"]);

/** Deletes what has lost its owners, and carries out foreground and orphaning deletions. Upstream: pkg/controller/garbagecollector */
export function garbageCollector(): ControllerDefinition {
  const graph = new OwnerGraph();
  const kinds = builtinKinds.filter((kind) => !IGNORED.has(kind.kind));
  return defineController({
    name: "garbage-collector-controller",
    serviceAccount: "generic-garbage-collector",
    watches: kinds.map((kind) => watchOf(kind, (object, context) => observe(graph, kind, object, context))),
    reconcile: (key, context) => reconcile(key.name, context, graph),
    concurrency: 10,
  });
}

/** Keeps the graph up to date; the uids whose fate may have changed are looked at. */
function* observe(
  graph: OwnerGraph,
  kind: KindDefinition,
  object: KubeObject,
  { cache }: ReconcileContext,
): Iterable<ObjectKey> {
  const uid = object.metadata.uid ?? "";
  const live = cache.get(kind, { namespace: object.metadata.namespace ?? "", name: object.metadata.name ?? "" });
  const before = graph.get(uid);
  if (live?.metadata.uid === uid) graph.set(kind, live);
  else graph.delete(uid);
  const concerned = live?.metadata.uid === uid ? afterChange(graph, live, before) : afterEnd(graph, object, before);
  for (const name of concerned) yield { namespace: "", name };
}

/** What the object owned has lost an owner, and an owner that waits for it can go on. */
function* afterEnd(graph: OwnerGraph, { metadata }: KubeObject, before: GraphNode | undefined): Iterable<string> {
  for (const dependent of graph.dependents(metadata.uid ?? "")) yield dependent.uid;
  for (const owner of before?.owners ?? metadata.ownerReferences ?? []) yield owner.uid;
}

function* afterChange(graph: OwnerGraph, live: KubeObject, before: GraphNode | undefined): Iterable<string> {
  const { uid = "", ownerReferences = [] } = live.metadata;
  if (ownerReferences.length > 0 || isBeingDeleted(live)) yield uid;
  // Also those that it has just let go: they may have waited for it.
  for (const owner of [...ownerReferences, ...(before?.owners ?? [])]) {
    const node = graph.get(owner.uid);
    if (node && isBeingDeleted(node.object)) yield owner.uid;
  }
}

function isBeingDeleted({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

async function reconcile(uid: string, context: ReconcileContext, graph: OwnerGraph): Promise<Result> {
  const node = graph.get(uid);
  if (!node) return DONE;
  const { finalizers = [] } = node.object.metadata;
  if (isBeingDeleted(node.object) && finalizers.includes(ORPHAN)) return await orphanDependents(node, context, graph);
  if (isBeingDeleted(node.object) && finalizers.includes(FOREGROUND))
    return await deleteDependents(node, context, graph);
  if (isBeingDeleted(node.object) || node.owners.length === 0) return DONE;
  return await collect(node, context, graph);
}

/** Deletes an object none of whose owners exists any more. */
async function collect(node: GraphNode, context: ReconcileContext, graph: OwnerGraph): Promise<Result> {
  const states = await Promise.all(
    node.owners.map(async (owner) => ({ owner, state: await ownerState(owner, node, context, graph) })),
  );
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
  const dependents = [...graph.dependents(node.uid)];
  if (waiting.length > 0 && dependents.length > 0) {
    // Owners that wait for each other in a circle would wait for ever.
    if (dependents.some(waitsForDependents)) await unblockOwners(node, context);
    return await remove(node, "Foreground", context);
  }
  return await remove(node, policyOf(node.object), context);
}

function policyOf({ metadata }: KubeObject): "Orphan" | "Foreground" | "Background" {
  if (metadata.finalizers?.includes(ORPHAN)) return "Orphan";
  return metadata.finalizers?.includes(FOREGROUND) ? "Foreground" : "Background";
}

function waitsForDependents({ object }: GraphNode): boolean {
  return isBeingDeleted(object) && (object.metadata.finalizers ?? []).includes(FOREGROUND);
}

type OwnerState = "exists" | "gone" | "waits";

/** The graph may be behind: an owner that it does not know is asked for. */
async function ownerState(
  owner: V1OwnerReference,
  node: GraphNode,
  { client }: ReconcileContext,
  graph: OwnerGraph,
): Promise<OwnerState> {
  const known = graph.get(owner.uid);
  if (known) return waitsForDependents(known) ? "waits" : "exists";
  const kind = builtinKinds.find((candidate) => candidate.kind === owner.kind && candidate.versions[owner.apiVersion]);
  if (!kind) return "exists"; // of a kind that is not served here: nothing is known about it
  const namespace = kind.scope === "Namespaced" ? (node.object.metadata.namespace ?? "") : "";
  try {
    const live = await client.get(kind, { namespace, name: owner.name });
    return live.metadata.uid === owner.uid ? "exists" : "gone";
  } catch (error) {
    if (isNotFound(error)) return "gone";
    throw error;
  }
}

async function dropOwners(
  node: GraphNode,
  owners: readonly V1OwnerReference[],
  { client }: ReconcileContext,
): Promise<void> {
  const ownerReferences = owners.map(({ uid }) => ({ $patch: "delete", uid }));
  await client
    .patch(node.kind, parseKey(node.key), { metadata: { ownerReferences, uid: node.uid } }, { type: "strategic" })
    .catch(ignoreGone);
}

/** Upstream: pkg/controller/garbagecollector/patch.go#unblockOwnerReferencesStrategicMergePatch */
async function unblockOwners(node: GraphNode, { client }: ReconcileContext): Promise<void> {
  const ownerReferences = node.owners
    .filter(({ blockOwnerDeletion }) => blockOwnerDeletion)
    .map(({ uid }) => ({ uid, blockOwnerDeletion: false }));
  if (ownerReferences.length === 0) return;
  await client
    .patch(node.kind, parseKey(node.key), { metadata: { ownerReferences, uid: node.uid } }, { type: "strategic" })
    .catch(ignoreGone);
}

async function remove(node: GraphNode, propagationPolicy: string, { client }: ReconcileContext): Promise<Result> {
  await client
    .delete(node.kind, parseKey(node.key), { propagationPolicy, preconditions: { uid: node.uid } })
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
async function deleteDependents(node: GraphNode, context: ReconcileContext, graph: OwnerGraph): Promise<Result> {
  const dependents = [...graph.dependents(node.uid)];
  for (const dependent of dependents) if (!isBeingDeleted(dependent.object)) await collect(dependent, context, graph);
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
