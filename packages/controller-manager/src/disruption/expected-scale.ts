import { Deployment, ReplicaSet, ReplicationController, StatefulSet, type V1Pod, type V1Scale } from "@dingi/api";
import { groupOf, isNotFound, type KubeObject, type V1OwnerReference } from "@dingi/apimachinery";
import type { ReconcileContext } from "@dingi/controller-runtime";
import { controllerOf } from "../claim.ts";

type Reading = Pick<ReconcileContext, "cache" | "client" | "kinds">;

interface Scaled {
  readonly uid: string;
  readonly replicas: number;
}

interface ExpectedScale {
  readonly count: number;
  /** Pods that nobody controls. */
  readonly unmanaged: readonly V1Pod[];
}

/** How many pods the controllers of some pods want altogether. Upstream: pkg/controller/disruption/disruption.go#getExpectedScale */
export async function expectedScale(pods: readonly V1Pod[], reading: Reading): Promise<ExpectedScale> {
  const unmanaged: V1Pod[] = [];
  const asked = new Set<string>();
  const scales = new Map<string, number>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (!owner) unmanaged.push(pod);
    if (!owner || asked.has(owner.uid)) continue;
    asked.add(owner.uid);
    const scaled = await scaleOf(owner, pod.metadata.namespace ?? "", reading);
    if (!scaled) throw new Error(`found no controllers for pod ${JSON.stringify(pod.metadata.name)}`);
    scales.set(scaled.uid, scaled.replicas);
  }
  return { count: [...scales.values()].reduce((sum, count) => sum + count, 0), unmanaged };
}

async function scaleOf(owner: V1OwnerReference, namespace: string, reading: Reading): Promise<Scaled | undefined> {
  return knownScale(owner, namespace, reading) ?? (await askedScale(owner, namespace, reading));
}

/** Of ReplicaSets that are a Deployment's, the Deployment counts. */
function knownScale(owner: V1OwnerReference, namespace: string, { cache }: Reading): Scaled | undefined {
  const isOf = (kind: { readonly apiVersion: string; readonly kind: string }, reference: V1OwnerReference) =>
    reference.kind === kind.kind && groupOf(reference.apiVersion) === groupOf(kind.apiVersion);
  for (const kind of [ReplicationController, StatefulSet] as const) {
    if (isOf(kind, owner))
      return checked(cache.get(kind as typeof StatefulSet, { namespace, name: owner.name }), owner);
  }
  if (!isOf(ReplicaSet, owner)) return undefined;
  const rs = cache.get(ReplicaSet, { namespace, name: owner.name });
  const parent = rs?.metadata.uid === owner.uid ? controllerOf(rs) : undefined;
  if (!parent || !isOf(Deployment, parent)) return checked(rs, owner);
  return checked(cache.get(Deployment, { namespace, name: parent.name }), parent);
}

type WithReplicas = KubeObject & { readonly spec: { readonly replicas?: number | undefined } };

function checked(object: WithReplicas | undefined, { uid }: V1OwnerReference): Scaled | undefined {
  return object?.metadata.uid === uid ? { uid, replicas: object.spec.replicas ?? 1 } : undefined;
}

/** Of any other kind that can be scaled. Upstream: …#getScaleController */
async function askedScale(
  owner: V1OwnerReference,
  namespace: string,
  { client, kinds }: Reading,
): Promise<Scaled | undefined> {
  const kind = kinds.current.kindOf(owner.apiVersion, owner.kind);
  if (!kind) throw new Error(`no matches for kind "${owner.kind}" in version "${owner.apiVersion}"`);
  const key = { namespace, name: owner.name };
  const answer = await client.get(kind, key, { subresource: "scale" }).catch((error: unknown) => {
    if (isNotFound(error)) return error;
    throw error;
  });
  if (!isNotFound(answer)) {
    const { metadata, spec } = answer as unknown as V1Scale;
    return metadata?.uid === owner.uid ? { uid: owner.uid, replicas: spec?.replicas ?? 0 } : undefined;
  }
  // What is not found by its name is gone; an answer without a name tells of a path at which nothing is served.
  if (answer.status.details?.name === owner.name) return undefined;
  const resource = kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`;
  throw new Error(`${resource} does not implement the scale subresource`);
}
