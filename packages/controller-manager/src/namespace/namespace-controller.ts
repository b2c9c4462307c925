import { Namespace, Pod, type V1Namespace, type V1NamespaceCondition } from "@dingi/api";
import {
  ignoreNotFound,
  isMethodNotAllowed,
  isNotFound,
  type KindDefinition,
  type KubeObject,
  type ObjectKey,
} from "@dingi/apimachinery";
import { DONE, defineController, type ReconcileContext, type Result } from "@dingi/controller-runtime";
import { namespaceConditions, type Remaining } from "./plan.ts";

const FINALIZER = "kubernetes";
const RETRY_MS = 5000;
const FAST_RETRY_MS = 200;

/** Empties namespaces that are being deleted, pods first. Upstream: pkg/controller/namespace/deletion/namespaced_resources_deleter.go */
export const namespaceController = defineController({
  name: "namespace-controller",
  serviceAccount: "namespace-controller",
  for: Namespace,
  reconcile,
});

async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<Result> {
  const namespace = context.cache.get(Namespace, key);
  if (!namespace || namespace.metadata.deletionTimestamp === undefined) return DONE;
  if (!(namespace.spec.finalizers ?? []).includes(FINALIZER)) return DONE;
  const remaining = await deleteContent(key.name, context);
  const current = await updateConditions(namespace, remaining, context);
  if (remaining.total > 0)
    return {
      requeueAfterMs:
        remaining.graceSeconds > 0 ? Math.min(RETRY_MS, remaining.graceSeconds * 500 + FAST_RETRY_MS) : FAST_RETRY_MS,
    };
  const finalizers = (current.spec.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
  await context.client
    .update(Namespace, { ...current, spec: { ...current.spec, finalizers } }, { subresource: "finalize" })
    .catch(ignoreNotFound);
  return DONE;
}

/** Other kinds are left alone while there are pods: what pods need to end well must outlive them. */
async function deleteContent(name: string, { client, kinds: served, signal }: ReconcileContext): Promise<Remaining> {
  const pods = await deleteKind(Pod as unknown as KindDefinition, name, client);
  if (pods.total > 0) return pods;
  // As it is now: what was made of a kind that nobody here had heard of would outlive its namespace.
  const mapper = await served.refresh(signal);
  const kinds = [...mapper.kindsWith(["deletecollection", "list"])].filter(
    (kind) => kind.scope === "Namespaced" && (kind as unknown) !== Pod,
  );
  const all = await Promise.all(kinds.map((kind) => deleteKind(kind, name, client)));
  return {
    total: all.reduce((sum, { total }) => sum + total, 0),
    byResource: new Map(all.flatMap(({ byResource }) => [...byResource])),
    byFinalizer: new Map(all.flatMap(({ byFinalizer }) => [...byFinalizer])),
    graceSeconds: Math.max(...all.map(({ graceSeconds }) => graceSeconds)),
    failures: all.flatMap(({ failures }) => failures),
  };
}

async function deleteKind(
  kind: KindDefinition,
  namespace: string,
  client: ReconcileContext["client"],
): Promise<Remaining> {
  const resource = kind.group === "" ? `${kind.plural}.` : `${kind.plural}.${kind.group}`;
  try {
    await client.deleteCollection(kind, { namespace }, { propagationPolicy: "Background" });
  } catch (error) {
    if (!isNotFound(error) && !isMethodNotAllowed(error))
      return { ...NONE, total: 1, failures: [error instanceof Error ? error.message : String(error)] };
  }
  const { items } = await client.list(kind, { namespace, metadataOnly: true });
  const byFinalizer = new Map<string, number>();
  for (const finalizer of items.flatMap(({ metadata }: KubeObject) => metadata.finalizers ?? []))
    byFinalizer.set(finalizer, (byFinalizer.get(finalizer) ?? 0) + 1);
  const graceSeconds = Math.max(
    0,
    ...items.map(({ metadata }: KubeObject) => Number(metadata.deletionGracePeriodSeconds ?? 0)),
  );
  return {
    total: items.length,
    byResource: items.length > 0 ? new Map([[resource, items.length]]) : new Map(),
    byFinalizer,
    graceSeconds,
    failures: [],
  };
}

const NONE: Remaining = { total: 0, byResource: new Map(), byFinalizer: new Map(), graceSeconds: 0, failures: [] };

async function updateConditions(
  namespace: V1Namespace,
  remaining: Remaining,
  { client, clock }: ReconcileContext,
): Promise<V1Namespace> {
  const conditions: readonly V1NamespaceCondition[] | undefined = namespaceConditions(
    namespace,
    remaining,
    clock.now(),
  );
  if (!conditions) return namespace;
  try {
    return await client.update(
      Namespace,
      { ...namespace, status: { ...namespace.status, conditions } },
      { subresource: "status" },
    );
  } catch (error) {
    if (isNotFound(error)) return namespace;
    throw error;
  }
}
