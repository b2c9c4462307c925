import type { UserInfo } from "@dingi/apimachinery";

/** Upstream: apiserver/pkg/authorization/authorizer/interfaces.go#Attributes */
export interface AuthorizationAttributes {
  readonly user: UserInfo;
  readonly verb: string;
  readonly isResource: boolean;
  /** Of a non-resource request. */
  readonly path: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** The selectors of a list, watch or deletecollection, as sent. */
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/** "no opinion": the next authorizer is asked; if none allows, the request is refused. */
export type Decision =
  | { readonly decision: "allow"; readonly reason: string }
  | { readonly decision: "deny"; readonly reason: string }
  | { readonly decision: "no opinion"; readonly reason: string };

export interface Authorizer {
  authorize(attributes: AuthorizationAttributes): Decision | Promise<Decision>;
}
