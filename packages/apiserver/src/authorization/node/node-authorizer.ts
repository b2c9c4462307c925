import { parseFieldSelector } from "@dingi/apimachinery";
import type { StoreFeed } from "../../cacher/store-feed.ts";
import type { AuthorizationAttributes, Authorizer, Decision } from "../authorizer.ts";
import { ruleAllows } from "../rbac/rules.ts";
import { NodeGraph } from "./node-graph.ts";
import { nodeOf } from "./node-identity.ts";

const READ = ["get", "list", "watch"];
const ALLOW: Decision = { decision: "allow", reason: "" };
const refuse = (reason: string): Decision => ({ decision: "no opinion", reason });

/** What every node may do, whatever runs on it. Upstream: plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go#NodeRules */
const NODE_RULES = [
  { apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"] },
  {
    apiGroups: ["authorization.k8s.io"],
    resources: ["subjectaccessreviews", "localsubjectaccessreviews"],
    verbs: ["create"],
  },
  { apiGroups: [""], resources: ["services"], verbs: READ },
  { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["create", "update", "patch"] },
  { apiGroups: ["certificates.k8s.io"], resources: ["certificatesigningrequests"], verbs: ["create", ...READ] },
  { apiGroups: ["storage.k8s.io"], resources: ["csidrivers"], verbs: READ },
  { apiGroups: ["node.k8s.io"], resources: ["runtimeclasses"], verbs: READ },
];

/** A kubelet sees and changes what concerns its own node. Upstream: plugin/pkg/auth/authorizer/node/node_authorizer.go */
export class NodeAuthorizer implements Authorizer {
  readonly #graph: NodeGraph;

  constructor(feed: StoreFeed) {
    this.#graph = new NodeGraph(feed);
  }

  authorize(attributes: AuthorizationAttributes): Decision {
    const node = nodeOf(attributes.user);
    if (node === undefined) return refuse("");
    if (node === "") return refuse(`unknown node for user ${JSON.stringify(attributes.user.name)}`);
    const special = attributes.isResource ? this.#special(node, attributes) : undefined;
    if (special) return special;
    return NODE_RULES.some((rule) => ruleAllows(rule, attributes)) ? ALLOW : refuse("");
  }

  #special(node: string, attributes: AuthorizationAttributes): Decision | undefined {
    const { group, resource } = attributes;
    if (group === "coordination.k8s.io" && resource === "leases") return authorizeLease(node, attributes);
    if (group !== "") return undefined;
    if (resource === "secrets" || resource === "configmaps") return this.#read(node, attributes);
    if (resource === "serviceaccounts") return this.#account(node, attributes);
    if (resource === "nodes") return authorizeNode(node, attributes);
    return resource === "pods" ? this.#pod(node, attributes) : undefined;
  }

  #read(node: string, attributes: AuthorizationAttributes): Decision {
    const { verb, subresource, namespace, resource, name } = attributes;
    if (!READ.includes(verb)) return refuse("can only read resources of this type");
    if (subresource !== "") return refuse("cannot read subresource");
    if (namespace === "") return refuse("can only read namespaced object of this type");
    return this.#related(node, resource, namespace, name);
  }

  #account(node: string, { verb, subresource, namespace, name }: AuthorizationAttributes): Decision {
    if (verb === "get" && subresource === "") return this.#related(node, "serviceaccounts", namespace, name);
    if (verb !== "create" || name === "") return refuse("can only create tokens for individual service accounts");
    if (subresource !== "token") return refuse("can only create token subresource of serviceaccount");
    return this.#related(node, "serviceaccounts", namespace, name);
  }

  #related(node: string, resource: string, namespace: string, name: string): Decision {
    if (name === "") return refuse("No Object name found");
    return this.#graph.has(node, resource, namespace, name)
      ? ALLOW
      : refuse(`no relationship found between node '${node}' and this object`);
  }

  #pod(node: string, attributes: AuthorizationAttributes): Decision {
    const { verb, subresource, namespace, name } = attributes;
    if (subresource === "status")
      return verb === "get" || verb === "update" || verb === "patch"
        ? ALLOW
        : refuse("can only get/update/patch pod status");
    if (subresource === "eviction") return verb === "create" ? ALLOW : refuse("can only create evictions");
    if (subresource !== "") return refuse("cannot access this subresource");
    if (verb === "create" || verb === "delete") return ALLOW;
    if (verb === "get") return this.#related(node, "pods", namespace, name);
    if (verb !== "list" && verb !== "watch") return refuse("can only get, list, watch, create or delete pods");
    const own = selects(attributes.fieldSelector, "spec.nodeName", node);
    return own ? ALLOW : refuse("can only list/watch pods with spec.nodeName field selector");
  }
}

function authorizeLease(node: string, { verb, namespace, name }: AuthorizationAttributes): Decision {
  if (!["get", "create", "update", "patch", "delete"].includes(verb))
    return refuse("can only get, create, update, patch, or delete a node lease");
  if (namespace !== "kube-node-lease")
    return refuse('can only access leases in the "kube-node-lease" system namespace');
  return verb === "create" || name === node
    ? ALLOW
    : refuse("can only access node lease with the same name as the requesting node");
}

function authorizeNode(node: string, { verb, subresource, name }: AuthorizationAttributes): Decision {
  if (subresource !== "" && subresource !== "status") return refuse("cannot access this subresource");
  if (verb === "create") return ALLOW;
  if (["get", "list", "watch", "update", "patch"].includes(verb)) {
    return name === node ? ALLOW : refuse(`node '${node}' cannot access other nodes`);
  }
  return refuse("cannot delete nodes");
}

function selects(fieldSelector: string | undefined, field: string, value: string): boolean {
  if (!fieldSelector) return false;
  return parseFieldSelector(fieldSelector).requirements.some(
    (requirement) => requirement.field === field && requirement.operator !== "!=" && requirement.value === value,
  );
}
