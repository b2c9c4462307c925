import type { AuthorizationAttributes, Decision } from "../authorizer.ts";
import { selectedFields } from "../selectors.ts";
import type { NodeGraph } from "./node-graph.ts";

export const ALLOW: Decision = { decision: "allow", reason: "" };
export const refuse = (reason: string): Decision => ({ decision: "no opinion", reason });

/** Decides for a kind of which a node may touch only what concerns it. */
type ResourceRule = (node: string, attributes: AuthorizationAttributes, graph: NodeGraph) => Decision;

/** By group and resource. Upstream: plugin/pkg/auth/authorizer/node/node_authorizer.go#Authorize */
const RULES: Readonly<Record<string, ResourceRule>> = {
  "/secrets": readRelated,
  "/configmaps": readRelated,
  "/persistentvolumeclaims": (node, attributes, graph) =>
    attributes.subresource === "status"
      ? updateRelatedStatus(node, attributes, graph)
      : getRelated(node, attributes, graph),
  "/persistentvolumes": persistentVolume,
  "resource.k8s.io/resourceclaims": getRelated,
  "/serviceaccounts": serviceAccount,
  "/nodes": ownNode,
  "/pods": pod,
  "coordination.k8s.io/leases": lease,
  "storage.k8s.io/csinodes": csiNode,
  "storage.k8s.io/volumeattachments": volumeAttachment,
  "resource.k8s.io/resourceslices": resourceSlice,
  "certificates.k8s.io/podcertificaterequests": podCertificateRequest,
};

export function ruleFor({ group, resource }: AuthorizationAttributes): ResourceRule | undefined {
  const name = `${group}/${resource}`;
  return Object.hasOwn(RULES, name) ? RULES[name] : undefined;
}

function related(node: string, { resource, namespace, name }: AuthorizationAttributes, graph: NodeGraph): Decision {
  if (name === "") return refuse("No Object name found");
  return graph.has(node, resource, namespace, name) ? ALLOW : refuse(unrelated(node));
}

function readRelated(node: string, attributes: AuthorizationAttributes, graph: NodeGraph): Decision {
  if (!["get", "list", "watch"].includes(attributes.verb)) return refuse("can only read resources of this type");
  if (attributes.subresource !== "") return refuse("cannot read subresource");
  if (attributes.namespace === "") return refuse("can only read namespaced object of this type");
  return related(node, attributes, graph);
}

function getRelated(node: string, attributes: AuthorizationAttributes, graph: NodeGraph): Decision {
  if (attributes.verb !== "get") return refuse("can only get individual resources of this type");
  if (attributes.subresource !== "") return refuse("cannot get subresource");
  return related(node, attributes, graph);
}

function persistentVolume(node: string, attributes: AuthorizationAttributes, graph: NodeGraph): Decision {
  if (attributes.verb !== "get") return refuse("can only get individual resources of this type");
  if (attributes.subresource !== "") return refuse("cannot get subresource");
  if (attributes.name === "") return refuse("No Object name found");
  return graph.hasVolume(node, attributes.name) ? ALLOW : refuse(unrelated(node));
}

const unrelated = (node: string): string => `no relationship found between node '${node}' and this object`;

function updateRelatedStatus(node: string, attributes: AuthorizationAttributes, graph: NodeGraph): Decision {
  const { verb } = attributes;
  if (verb !== "update" && verb !== "patch") return refuse("can only get/update/patch this type");
  return related(node, attributes, graph);
}

function serviceAccount(node: string, attributes: AuthorizationAttributes, graph: NodeGraph): Decision {
  const { verb, subresource, name } = attributes;
  if (verb === "get" && subresource === "") return readRelated(node, attributes, graph);
  if (verb !== "create" || name === "") return refuse("can only create tokens for individual service accounts");
  if (subresource !== "token") return refuse("can only create token subresource of serviceaccount");
  return related(node, attributes, graph);
}

/** What it may change of itself, NodeRestriction knows, which sees the object. */
function ownNode(node: string, { verb, subresource, name }: AuthorizationAttributes): Decision {
  if (subresource === "status") return verb === "update" || verb === "patch" ? ALLOW : refuse("");
  if (subresource !== "") return refuse("");
  if (verb === "create" || verb === "update" || verb === "patch") return ALLOW;
  if (verb !== "get" && verb !== "list" && verb !== "watch") return refuse("");
  if (name === node) return ALLOW;
  const what = name === "" ? "all nodes" : `'${name}'`;
  return refuse(`node '${node}' cannot read ${what}, only its own Node object`);
}

/** Whose pods these are is looked at by NodeRestriction, but for reading. */
function pod(node: string, attributes: AuthorizationAttributes, graph: NodeGraph): Decision {
  const { verb, subresource, name } = attributes;
  if (subresource === "status") return verb === "update" || verb === "patch" ? ALLOW : refuse("");
  if (subresource === "eviction") return verb === "create" ? ALLOW : refuse("");
  if (subresource !== "") return refuse("");
  if (verb === "create" || verb === "delete") return ALLOW;
  if (verb === "get") return getRelated(node, attributes, graph);
  if (verb !== "list" && verb !== "watch") return refuse("");
  if (selects(attributes, "spec.nodeName", node)) return ALLOW;
  if (name !== "") return related(node, attributes, graph);
  return refuse("can only list/watch pods with spec.nodeName field selector");
}

function lease(node: string, { verb, namespace, name }: AuthorizationAttributes): Decision {
  if (!["get", "create", "update", "patch", "delete"].includes(verb))
    return refuse("can only get, create, update, patch, or delete a node lease");
  if (namespace !== "kube-node-lease")
    return refuse('can only access leases in the "kube-node-lease" system namespace');
  return verb === "create" || name === node
    ? ALLOW
    : refuse("can only access node lease with the same name as the requesting node");
}

function csiNode(node: string, { verb, subresource, name }: AuthorizationAttributes): Decision {
  if (subresource === "status") return refuse("CSINode status access requires CSIVolumeHealth feature");
  if (subresource !== "") return refuse("cannot authorize CSINode subresources");
  if (!["get", "create", "update", "patch", "delete"].includes(verb))
    return refuse("can only get, create, update, patch, or delete a CSINode");
  return verb === "create" || name === node
    ? ALLOW
    : refuse("can only access CSINode with the same name as the requesting node");
}

function about(node: string, attributes: AuthorizationAttributes, graph: NodeGraph): Decision {
  if (attributes.name === "") return refuse("No Object name found");
  return graph.isAbout(node, attributes) ? ALLOW : refuse(unrelated(node));
}

function volumeAttachment(node: string, attributes: AuthorizationAttributes, graph: NodeGraph): Decision {
  if (attributes.verb !== "get") return refuse("can only get individual resources of this type");
  if (attributes.subresource !== "") return refuse("cannot get subresource");
  return about(node, attributes, graph);
}

/** Whose a new one is, NodeRestriction knows, which sees the object. */
function resourceSlice(node: string, attributes: AuthorizationAttributes, graph: NodeGraph): Decision {
  const { verb, subresource } = attributes;
  if (subresource !== "") return refuse("cannot authorize ResourceSlice subresources");
  if (verb === "create") return ALLOW;
  if (["get", "update", "patch", "delete"].includes(verb)) return about(node, attributes, graph);
  if (!["watch", "list", "deletecollection"].includes(verb))
    return refuse(
      "only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection",
    );
  if (selects(attributes, "spec.nodeName", node)) return ALLOW;
  return refuse("can only list/watch/deletecollection resourceslices with nodeName field selector");
}

function podCertificateRequest(node: string, attributes: AuthorizationAttributes, graph: NodeGraph): Decision {
  const { verb, subresource } = attributes;
  if (subresource !== "") return refuse("nodes may not access the status subresource of PodCertificateRequests");
  if (verb === "create") return ALLOW;
  if (verb === "get") return about(node, attributes, graph);
  if (verb !== "list" && verb !== "watch") return refuse(`nodes may not ${verb} podcertificaterequests`);
  if (selects(attributes, "spec.nodeName", node)) return ALLOW;
  return refuse("can only list/watch podcertificaterequests with nodeName field selector");
}

/** A selector that cannot be read selects nothing of one's own. */
function selects(attributes: AuthorizationAttributes, field: string, value: string): boolean {
  return selectedFields(attributes).requirements.some(
    (requirement) => requirement.field === field && requirement.operator === "=" && requirement.value === value,
  );
}
