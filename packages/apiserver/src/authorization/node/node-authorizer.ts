import type { V1PolicyRule } from "@dingi/api";
import type { UserInfo } from "@dingi/apimachinery";
import type { StoreFeed } from "../../cacher/store-feed.ts";
import type { AuthorizationAttributes, Authorizer, Decision, ListedRules } from "../authorizer.ts";
import { ruleAllows } from "../rbac/rules.ts";
import { NodeGraph } from "./node-graph.ts";
import { nodeOf } from "./node-identity.ts";
import { ALLOW, refuse, ruleFor } from "./resource-rules.ts";

/** A kubelet sees and changes what concerns its own node. Upstream: plugin/pkg/auth/authorizer/node/node_authorizer.go */
export class NodeAuthorizer implements Authorizer {
  readonly #graph: NodeGraph;
  readonly #rules: readonly V1PolicyRule[];

  /** `rules` say what every node may do, whatever runs on it: those of the role system:node. */
  constructor(feed: StoreFeed, rules: readonly V1PolicyRule[]) {
    this.#graph = new NodeGraph(feed);
    this.#rules = rules;
  }

  authorize(attributes: AuthorizationAttributes): Decision {
    const node = nodeOf(attributes.user);
    if (node === undefined) return refuse("");
    if (node === "") return refuse(`unknown node for user ${JSON.stringify(attributes.user.name)}`);
    const rule = attributes.isResource ? ruleFor(attributes) : undefined;
    if (rule) return rule(node, attributes, this.#graph);
    return this.#rules.some((allowed) => ruleAllows(allowed, attributes)) ? ALLOW : refuse("");
  }

  listRules(user: UserInfo): ListedRules {
    if (nodeOf(user) === undefined) return { rules: [], incomplete: false };
    return { rules: [], incomplete: true, error: "node authorizer does not support user rule resolution" };
  }
}
