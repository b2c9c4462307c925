import type { AuthorizationAttributes } from "./authorizer.ts";

/** Why a request is forbidden, in the words that clients know. Upstream: apiserver/pkg/endpoints/handlers/responsewriters/errors.go */
export function describeAttributes(attributes: AuthorizationAttributes, reason: string): string {
  const { user, verb, group, resource, subresource, namespace } = attributes;
  const why = reason === "" ? "" : `: ${reason}`;
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`;
  if (!attributes.isResource) return `${who} path ${JSON.stringify(attributes.path)}${why}`;
  const what = subresource === "" ? resource : `${resource}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  return `${who} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}${why}`;
}
