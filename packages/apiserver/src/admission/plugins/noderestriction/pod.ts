import { isMirrorPod, MIRROR_ANNOTATION, neededOfApi, type V1Pod } from "@dingi/api";
import { equalJson, newNotFound, semanticEqual, type V1OwnerReference } from "@dingi/apimachinery";
import { podOf, refuse, type NodeRequest } from "./node-request.ts";

export function checkPod(request: NodeRequest): void {
  const { subresource } = request.attributes;
  if (subresource === "") return checkPodItself(request);
  if (subresource === "status") return checkStatus(request);
  if (subresource === "eviction") return checkEviction(request);
  const why = `unexpected pod subresource ${JSON.stringify(subresource)}, only 'status' and 'eviction' are allowed`;
  throw refuse(request.attributes, why);
}

function checkPodItself(request: NodeRequest): void {
  const { node, attributes } = request;
  if (attributes.operation === "CREATE") return checkMirrorPod(request);
  if (attributes.operation !== "DELETE") {
    const why = `unexpected operation ${JSON.stringify(attributes.operation)}, node ${JSON.stringify(node)} can only create and delete mirror pods`;
    throw refuse(attributes, why);
  }
  if (podOf(request, attributes.name).spec.nodeName !== node)
    throw refuse(attributes, `node ${JSON.stringify(node)} can only delete pods with spec.nodeName set to itself`);
}

/** A node may only create pods that mirror its own static ones, and that give it nothing. */
function checkMirrorPod(request: NodeRequest): void {
  const { node, attributes } = request;
  const pod = attributes.object as V1Pod;
  const who = `node ${JSON.stringify(node)}`;
  if (!isMirrorPod(pod)) {
    const why = `pod does not have ${JSON.stringify(MIRROR_ANNOTATION)} annotation, ${who} can only create mirror pods`;
    throw refuse(attributes, why);
  }
  if (pod.spec.nodeName !== node)
    throw refuse(attributes, `${who} can only create pods with spec.nodeName set to itself`);
  const [owner, ...others] = pod.metadata.ownerReferences ?? [];
  if (others.length > 0)
    throw refuse(attributes, `${who} can only create pods with a single owner reference set to itself`);
  if (!owner) throw refuse(attributes, `${who} can only create pods with an owner reference set to itself`);
  checkOwner(owner, request);
  const needed = neededOfApi(pod);
  if (needed !== undefined) throw refuse(attributes, `${who} can not create pods that reference ${needed}`);
}

function checkOwner(owner: V1OwnerReference, { node, attributes, lookUp }: NodeRequest): void {
  const who = `node ${JSON.stringify(node)}`;
  if (owner.apiVersion !== "v1" || owner.kind !== "Node" || owner.name !== node)
    throw refuse(attributes, `${who} can only create pods with an owner reference set to itself`);
  if (!owner.controller)
    throw refuse(attributes, `${who} can only create pods with a controller owner reference set to itself`);
  if (owner.blockOwnerDeletion)
    throw refuse(attributes, `${who} must not set blockOwnerDeletion on an owner reference`);
  const uid = lookUp.node(node)?.metadata.uid;
  if (uid === undefined) throw newNotFound({ group: "", resource: "nodes" }, node);
  if (owner.uid !== uid) throw refuse(attributes, `node ${node} UID mismatch: expected ${owner.uid} got ${uid}`);
}

function checkStatus({ node, attributes }: NodeRequest): void {
  const { operation } = attributes;
  if (operation !== "UPDATE") throw refuse(attributes, `unexpected operation ${JSON.stringify(operation)}`);
  const old = attributes.oldObject as V1Pod;
  const pod = attributes.object as V1Pod;
  const who = `node ${JSON.stringify(node)}`;
  if (old.spec.nodeName !== node)
    throw refuse(attributes, `${who} can only update pod status for pods with spec.nodeName set to itself`);
  if (!equalJson(old.metadata.labels ?? {}, pod.metadata.labels ?? {}))
    throw refuse(attributes, `${who} cannot update labels through pod status`);
  for (const [field, what] of CLAIM_STATUSES)
    if (!semanticEqual(old.status[field] ?? [], pod.status[field] ?? []))
      throw refuse(attributes, `${who} cannot update ${what}`);
}

/** What says which claims are a pod's, and so which its node may read. */
const CLAIM_STATUSES = [
  ["resourceClaimStatuses", "resource claim statues"],
  ["extendedResourceClaimStatus", "extended resource claim status"],
  ["nodeAllocatableResourceClaimStatuses", "node allocatable resource claim statuses"],
] as const;

function checkEviction(request: NodeRequest): void {
  const { node, attributes } = request;
  if (attributes.operation !== "CREATE") throw refuse(attributes, `unexpected operation ${attributes.operation}`);
  const name = attributes.name || (attributes.object?.metadata.name ?? "");
  if (name === "") throw refuse(attributes, "could not determine pod from request data");
  if (podOf(request, name).spec.nodeName !== node)
    throw refuse(attributes, `node ${node} can only evict pods with spec.nodeName set to itself`);
}
