import type { ApiRequest, UserInfo } from "@dingi/apimachinery";
import type { RequestInfo } from "../routing/request-info.ts";
import type { AuthorizationAttributes } from "./authorizer.ts";

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
  const fieldSelector = query.get("fieldSelector");
  const labelSelector = query.get("labelSelector");
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
