import type { V1Node, V1Pod } from "@dingi/api";
import { newNotFound } from "@dingi/apimachinery";
import type { Authorizer } from "../../../authorization/authorizer.ts";
import type { StoreFeed } from "../../../cacher/store-feed.ts";
import type { AdmissionAttributes } from "../../attributes.ts";
import { refusalOf } from "../../refusal.ts";

/** What a node is about to write. */
export interface NodeRequest {
  /** The name of the node that asks. */
  readonly node: string;
  readonly attributes: AdmissionAttributes;
  readonly authorizer: Authorizer;
  readonly lookUp: {
    /** In the request's namespace. */
    pod(name: string): V1Pod | undefined;
    node(name: string): V1Node | undefined;
    readonly feed: StoreFeed;
  };
}

export const refuse = refusalOf;

/** Throws StatusError 404. */
export function podOf({ lookUp }: NodeRequest, name: string): V1Pod {
  const pod = lookUp.pod(name);
  if (!pod) throw newNotFound({ group: "", resource: "pods" }, name);
  return pod;
}
