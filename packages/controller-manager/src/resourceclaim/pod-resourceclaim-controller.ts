import {
  Pod,
  ResourceClaim,
  ResourceClaimTemplate,
  type ResourceV1ResourceClaim,
  type V1Pod,
  type V1PodResourceClaim,
} from "@dingi/api";
import { ignoreNotFound, keyOf, keyString, type ObjectKey } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import { referenceTo, type NewObject } from "@dingi/client";
import {
  DONE,
  defineController,
  indexesOf,
  indexOf,
  watchOf,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { ownedBy, ownershipIndexes } from "../claim.ts";
import {
  canReserve,
  CLAIM_ANNOTATION,
  claimKeysOf,
  claimNameOf,
  generateNameFor,
  isMadeFor,
  isPodDone,
} from "./pod-claims.ts";

const BY_CLAIM = "resource claim";
const BY_TEMPLATE = "resource claim template";
const FIELD_MANAGER = "ResourceClaimController";

/**
 * Makes the claims for devices that pods name a template for, and reserves those of pods that were put on nodes by others than
 * the scheduler. Differs: nothing for pods that are over; upstream makes what it has just removed anew. Pod groups have none.
 * Upstream: pkg/controller/resourceclaim/controller.go#syncPod
 */
export const podResourceClaimController = defineController({
  name: "pod-resourceclaim-controller",
  serviceAccount: "resource-claim-controller",
  watches: [
    watchOf(Pod, (pod) => ((pod.spec.resourceClaims ?? []).length > 0 ? [keyOf(pod)] : [])),
    watchOf(ResourceClaim, (claim, { cache }) => cache.by(Pod, BY_CLAIM, keyString(keyOf(claim))).map(keyOf)),
    watchOf(ResourceClaimTemplate, (template, { cache }) =>
      cache.by(Pod, BY_TEMPLATE, keyString(keyOf(template))).map(keyOf),
    ),
  ],
  indexes: [
    indexOf(Pod, BY_CLAIM, claimKeysOf),
    indexOf(Pod, BY_TEMPLATE, templateKeysOf),
    ...indexesOf(ResourceClaim, ownershipIndexes),
  ],
  reconcile,
});

function templateKeysOf({ metadata, spec }: V1Pod): string[] {
  const names = (spec.resourceClaims ?? []).map(({ resourceClaimTemplateName }) => resourceClaimTemplateName);
  return names.flatMap((name) => (name === undefined ? [] : [`${metadata.namespace}/${name}`]));
}

async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<Result> {
  const pod = context.cache.get(Pod, key);
  if (!pod || pod.metadata.deletionTimestamp !== undefined || isPodDone(pod)) return DONE;
  const claims = pod.spec.resourceClaims ?? [];
  const made = new Map<string, string>();
  for (const claim of claims) {
    const name = await ensureClaim(pod, claim, context);
    if (name !== undefined) made.set(claim.name, name);
  }
  if (made.size > 0) await tellNames(pod, made, context);
  // Otherwise the scheduler does.
  if (pod.spec.nodeName) for (const claim of claims) await reserve(pod, claim, context);
  return DONE;
}

/** The name of one that was made. */
async function ensureClaim(
  pod: V1Pod,
  claim: V1PodResourceClaim,
  context: ReconcileContext,
): Promise<string | undefined> {
  try {
    const name = claimNameOf(pod, claim);
    if (name === "not needed" || claim.resourceClaimTemplateName === undefined) return undefined;
    if (name !== "missing" && (await isThere(pod, name.name, context))) return undefined;
    // One that was made before the pod could be told.
    const found = ownedBy(pod, ResourceClaim, context.cache).find(
      ({ metadata }) => metadata.annotations?.[CLAIM_ANNOTATION] === claim.name,
    );
    const { metadata } = found ?? (await context.client.create(ResourceClaim, fromTemplate(pod, claim, context)));
    return metadata.name;
  } catch (error) {
    const text = `PodResourceClaim ${claim.name}: ${describeError(error)}`;
    context.events.event(referenceTo(Pod, pod), "Warning", "FailedResourceClaimCreation", text);
    throw error;
  }
}

async function isThere(pod: V1Pod, name: string, { cache, client }: ReconcileContext): Promise<boolean> {
  const key = { namespace: pod.metadata.namespace ?? "", name };
  const claim = cache.get(ResourceClaim, key) ?? (await client.get(ResourceClaim, key).catch(ignoreNotFound));
  return claim !== undefined && isMadeFor(pod, claim);
}

function fromTemplate(
  pod: V1Pod,
  { name: claim, resourceClaimTemplateName: template = "" }: V1PodResourceClaim,
  { cache }: ReconcileContext,
): NewObject<ResourceV1ResourceClaim> {
  const { namespace = "", name = "", uid = "" } = pod.metadata;
  const found = cache.get(ResourceClaimTemplate, { namespace, name: template });
  if (!found) throw new Error(`resource claim template "${template}": ${missing(template)}`);
  const { metadata: { labels, annotations } = {}, spec } = found.spec;
  return {
    metadata: {
      namespace,
      generateName: generateNameFor(name, claim),
      ownerReferences: [{ apiVersion: "v1", kind: "Pod", name, uid, controller: true }],
      annotations: { ...annotations, [CLAIM_ANNOTATION]: claim },
      ...(labels ? { labels } : {}),
    },
    spec,
  };
}

const missing = (template: string) => `resourceclaimtemplate.resource.k8s.io "${template}" not found`;

async function tellNames(pod: V1Pod, made: ReadonlyMap<string, string>, { client }: ReconcileContext): Promise<void> {
  const names = new Map<string, string>();
  for (const { name, resourceClaimName } of pod.status.resourceClaimStatuses ?? [])
    if (resourceClaimName !== undefined) names.set(name, resourceClaimName);
  for (const [name, claim] of made) names.set(name, claim);
  const resourceClaimStatuses = [...names.keys()]
    .toSorted()
    .map((name) => ({ name, resourceClaimName: names.get(name) }));
  const { name, namespace } = pod.metadata;
  const options = { type: "apply", fieldManager: FIELD_MANAGER, force: true, subresource: "status" } as const;
  await client.patch(Pod, keyOf(pod), { metadata: { name, namespace }, status: { resourceClaimStatuses } }, options);
}

async function reserve(pod: V1Pod, claim: V1PodResourceClaim, { cache, client }: ReconcileContext): Promise<void> {
  const name = claimNameOf(pod, claim);
  if (typeof name === "string") return;
  const { namespace = "", name: podName = "", uid = "" } = pod.metadata;
  const found = cache.get(ResourceClaim, { namespace, name: name.name });
  if (!found || (name.isMade && !isMadeFor(pod, found)) || !canReserve(pod, found)) return;
  const reservedFor = [...(found.status.reservedFor ?? []), { resource: "pods", name: podName, uid }];
  await client.update(ResourceClaim, { ...found, status: { ...found.status, reservedFor } }, { subresource: "status" });
}
