import { Node, Pod, type V1Node, type V1Pod } from "@dingi/api";
import type { Authorizer } from "../../../authorization/authorizer.ts";
import { nodeOf } from "../../../authorization/node/node-identity.ts";
import type { StoreFeed } from "../../../cacher/store-feed.ts";
import type { AdmissionAttributes, Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import { checkCertificateRequest } from "./certificate-request.ts";
import { checkCsiNode, checkLease } from "./own-object.ts";
import { checkNode } from "./node.ts";
import { checkPod } from "./pod.ts";
import { checkPodCertificateRequest } from "./pod-certificate-request.ts";
import { refuse, type NodeRequest } from "./node-request.ts";
import { checkResourceSlice } from "./resource-slice.ts";
import { checkToken } from "./service-account-token.ts";

type Check = (request: NodeRequest) => void | Promise<void>;

/** By group and resource; of others a node may write what the authorizer lets it. */
const CHECKS: Readonly<Record<string, Check>> = {
  "/pods": checkPod,
  "/nodes": checkNode,
  "/serviceaccounts": checkToken,
  "coordination.k8s.io/leases": checkLease,
  "storage.k8s.io/csinodes": checkCsiNode,
  "certificates.k8s.io/certificatesigningrequests": checkCertificateRequest,
  "certificates.k8s.io/podcertificaterequests": checkPodCertificateRequest,
  "resource.k8s.io/resourceslices": checkResourceSlice,
};

/** Keeps kubelets to their own node and their own pods. Upstream: plugin/pkg/admission/noderestriction/admission.go */
export class NodeRestriction implements AdmissionPlugin {
  readonly #feed: StoreFeed;
  readonly #authorizer: Authorizer;

  constructor(feed: StoreFeed, authorizer: Authorizer) {
    this.#feed = feed;
    this.#authorizer = authorizer;
  }

  handles(_operation: Operation): boolean {
    return true;
  }

  admit(attributes: AdmissionAttributes): void | Promise<void> {
    const { user, kind } = attributes;
    const node = nodeOf(user);
    if (node === undefined) return undefined;
    if (node === "") throw refuse(attributes, `could not determine node from user ${JSON.stringify(user.name)}`);
    const name = `${kind.group}/${kind.plural}`;
    if (!Object.hasOwn(CHECKS, name)) return undefined;
    return CHECKS[name]!({ node, attributes, lookUp: this.#lookUp(attributes), authorizer: this.#authorizer });
  }

  #lookUp({ namespace }: AdmissionAttributes): NodeRequest["lookUp"] {
    return {
      pod: (name) => this.#feed.cache(Pod).get(`${namespace}/${name}`)?.object as V1Pod | undefined,
      node: (name) => this.#feed.cache(Node).get(name)?.object as V1Node | undefined,
      feed: this.#feed,
    };
  }
}
