import type { ApiRequest, UserInfo } from "@dingi/apimachinery";
import type { RequestInfo } from "../routing/request-info.ts";
import type { AuthorizationAttributes } from "./authorizer.ts";

/** Upstream: apiserver/pkg/endpoints/request/requestinfo.go#verbsWithSelectors */
const SELECTING: ReadonlySet<string> = new Set(["list", "watch", "deletecollection"]);

/** What the authorizers are asked about a request. Upstream: apiserver/pkg/endpoints/filters/authorization.go#GetAuthorizerAttributes */
export function attributesOf(call: {
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  readonly user: UserInfo;
}): AuthorizationAttributes {
  const { info, user } = call;
  const none = { group: "", version: "", resource: "", subresource: "", namespace: "", name: "" };
  if (!info.isResource) return { user, verb: info.verb, isResource: false, path: info.path, ...none };
  const { group, version, resource, subresource, namespace, name, verb, path } = info;
  const { query } = call.request;
  const selects = SELECTING.has(verb);
  const fieldSelector = selects ? query.get("fieldSelector") : null;
  const labelSelector = selects ? query.get("labelSelector") : null;
  return {
    user,
    verb,
    isResource: true,
    path,
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
    ...(fieldSelector ? { fieldSelector } : {}),
    ...(labelSelector ? { labelSelector } : {}),
  };
}
