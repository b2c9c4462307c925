import {
  isMirrorPod,
  MIRROR_ANNOTATION,
  Pod,
  type V1Lease,
  type V1Node,
  type V1Pod,
  type AuthenticationV1TokenRequest,
} from "@dingi/api";
import { equalJson, newForbidden } from "@dingi/apimachinery";
import { nodeOf } from "../../../authorization/node/node-identity.ts";
import type { ResourceCache } from "../../../cacher/resource-cache.ts";
import type { StoreFeed } from "../../../cacher/store-feed.ts";
import type { AdmissionAttributes, Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";

/** Labels under these prefixes that a kubelet may set on its own node. */
const KUBELET_LABELS = new Set([
  "kubernetes.io/hostname",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
  "beta.kubernetes.io/instance-type",
  "node.kubernetes.io/instance-type",
  "failure-domain.beta.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
]);
const KUBELET_PREFIXES = ["kubelet.kubernetes.io/", "node.kubernetes.io/"];
const RESTRICTED_PREFIX = "node-restriction.kubernetes.io/";

/** Keeps kubelets to their own node and their own pods. Upstream: plugin/pkg/admission/noderestriction/admission.go */
export class NodeRestriction implements AdmissionPlugin {
  readonly #pods: ResourceCache;

  constructor(feed: StoreFeed) {
    this.#pods = feed.cache(Pod);
  }

  handles(operation: Operation): boolean {
    return operation !== "CONNECT";
  }

  admit(attributes: AdmissionAttributes): void {
    const node = nodeOf(attributes.user);
    if (node === undefined) return;
    if (node === "")
      throw refuse(attributes, `could not determine node from user ${JSON.stringify(attributes.user.name)}`);
    const { group, plural } = attributes.kind;
    if (group === "coordination.k8s.io" && plural === "leases") checkLease(node, attributes);
    if (group !== "") return;
    if (plural === "pods") this.#checkPod(node, attributes);
    else if (plural === "nodes") checkNode(node, attributes);
    else if (plural === "serviceaccounts") this.#checkToken(node, attributes);
  }

  #checkPod(node: string, attributes: AdmissionAttributes): void {
    const { operation, subresource } = attributes;
    if (subresource === "" && operation === "CREATE") return checkMirrorPod(node, attributes);
    if (subresource === "" && operation === "DELETE") return this.#checkOwn(node, attributes, "delete");
    if (subresource === "status" && operation === "UPDATE") return checkStatus(node, attributes);
    if (subresource === "eviction") return this.#checkOwn(node, attributes, "evict");
    throw refuse(attributes, `unexpected operation ${operation} on pods/${subresource}`);
  }

  #checkOwn(node: string, attributes: AdmissionAttributes, verb: string): void {
    const pod = this.#pods.get(`${attributes.namespace}/${attributes.name}`)?.object as V1Pod | undefined;
    if (pod && pod.spec.nodeName !== node)
      throw refuse(attributes, `node ${JSON.stringify(node)} can only ${verb} pods with spec.nodeName set to itself`);
  }

  #checkToken(node: string, attributes: AdmissionAttributes): void {
    if (attributes.operation !== "CREATE" || attributes.subresource !== "token") return;
    const ref = (attributes.object as unknown as AuthenticationV1TokenRequest | undefined)?.spec.boundObjectRef;
    if (ref?.kind !== "Pod" || !ref.name) throw refuse(attributes, "node requested token not bound to a pod");
    if (!ref.uid) throw refuse(attributes, "node requested token with a pod binding without a uid");
    const pod = this.#pods.get(`${attributes.namespace}/${ref.name}`)?.object as V1Pod | undefined;
    if (!pod || pod.metadata.uid !== ref.uid)
      throw refuse(
        attributes,
        `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
      );
    if (pod.spec.nodeName !== node)
      throw refuse(attributes, "node requested token bound to a pod scheduled on a different node");
  }
}

function refuse(attributes: AdmissionAttributes, why: string): Error {
  return newForbidden({ group: attributes.kind.group, resource: attributes.kind.plural }, attributes.name, why);
}

function checkLease(node: string, attributes: AdmissionAttributes): void {
  const name = (attributes.object as V1Lease | undefined)?.metadata.name ?? attributes.name;
  if (attributes.namespace !== "kube-node-lease" || name !== node)
    throw refuse(attributes, `node ${JSON.stringify(node)} can only access its own lease`);
}

/** A kubelet may only create pods that mirror its own static ones. */
function checkMirrorPod(node: string, attributes: AdmissionAttributes): void {
  const pod = attributes.object as V1Pod;
  if (!isMirrorPod(pod))
    throw refuse(
      attributes,
      `pod does not have ${JSON.stringify(MIRROR_ANNOTATION)} annotation, node ${JSON.stringify(node)} can only create mirror pods`,
    );
  if (pod.spec.nodeName !== node)
    throw refuse(attributes, `node ${JSON.stringify(node)} can only create pods with spec.nodeName set to itself`);
  const [owner, ...rest] = pod.metadata.ownerReferences ?? [];
  if (!owner || rest.length > 0 || owner.kind !== "Node" || owner.name !== node)
    throw refuse(attributes, `node ${JSON.stringify(node)} can only create pods with an owner reference set to itself`);
}

function checkStatus(node: string, attributes: AdmissionAttributes): void {
  const old = attributes.oldObject as V1Pod;
  const pod = attributes.object as V1Pod;
  if (old.spec.nodeName !== node)
    throw refuse(
      attributes,
      `node ${JSON.stringify(node)} can only update pod status for pods with spec.nodeName set to itself`,
    );
  if (!equalJson(old.metadata.labels ?? {}, pod.metadata.labels ?? {}))
    throw refuse(attributes, `node ${JSON.stringify(node)} cannot update labels through pod status`);
}

function checkNode(node: string, attributes: AdmissionAttributes): void {
  const { operation, object, oldObject } = attributes;
  const wanted = object as V1Node | undefined;
  const name = operation === "CREATE" ? (wanted?.metadata.name ?? "") : attributes.name;
  if (name !== node)
    throw refuse(attributes, `node ${JSON.stringify(node)} is not allowed to modify node ${JSON.stringify(name)}`);
  if (!wanted) return;
  const old = oldObject as V1Node | undefined;
  if (wanted.spec.configSource)
    throw refuse(attributes, `node ${JSON.stringify(node)} is not allowed to set configSource`);
  if (old && !equalJson(old.spec.taints ?? [], wanted.spec.taints ?? []))
    throw refuse(attributes, `node ${JSON.stringify(node)} is not allowed to modify taints`);
  if (old && !equalJson(old.metadata.ownerReferences ?? [], wanted.metadata.ownerReferences ?? [])) {
    throw refuse(attributes, `node ${JSON.stringify(node)} is not allowed to modify its owner references`);
  }
  const forbidden = changedLabels(old?.metadata.labels ?? {}, wanted.metadata.labels ?? {}).filter(isForbiddenLabel);
  if (forbidden.length > 0) throw refuse(attributes, `is not allowed to modify labels: ${forbidden.join(", ")}`);
}

function changedLabels(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => before[key] !== after[key])
    .sort();
}

function isForbiddenLabel(key: string): boolean {
  if (key.startsWith(RESTRICTED_PREFIX)) return true;
  const domain = key.split("/")[0]!;
  const kubernetes = key.includes("/") && /(^|\.)(kubernetes|k8s)\.io$/.test(domain);
  return (
    kubernetes &&
    !KUBELET_LABELS.has(key) &&
    !KUBELET_PREFIXES.some((prefix) => key.startsWith(prefix) || domain.endsWith(`.${prefix.slice(0, -1)}`))
  );
}
