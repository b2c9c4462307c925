import { goQuote, newForbidden, type ApiResponse } from "@dingi/apimachinery";
import { attributesOf } from "../authorization/attributes-of.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import { describeAttributes } from "../authorization/describe.ts";
import { respondText } from "../negotiation/respond.ts";
import type { Call } from "./call.ts";
import type { Filter } from "./filter.ts";

/** Refuses what the user may not do. Upstream: apiserver/pkg/endpoints/filters/authorization.go#WithAuthorization */
export function authorize(authorizer: Authorizer): Filter {
  return async (call, next) => {
    const attributes = attributesOf(call);
    const { decision, reason, error } = await authorizer.authorize(attributes);
    const allowed = decision === "allow";
    if (!allowed && error !== undefined) return failed(call, error);
    if (call.audit) noteDecision(call, allowed ? "allow" : "forbid", reason);
    if (allowed) return await next(call);
    const resource = { group: attributes.group, resource: attributes.resource };
    throw newForbidden(resource, attributes.name, describeAttributes(attributes, reason));
  };
}

/** Nobody knows whether it may be done. Upstream: apiserver/pkg/endpoints/handlers/responsewriters/errors.go#InternalError */
function failed(call: Call, error: string): ApiResponse {
  const { path, query } = call.request;
  if (call.audit) call.annotations.add("authorization.k8s.io/reason", "internal error");
  const uri = query.size > 0 ? `${path}?${query.toString()}` : path;
  const text = `Internal Server Error: ${goQuote(uri)}: ${error}`;
  return respondText(500, `${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")}\n`);
}

function noteDecision({ annotations }: Call, decision: string, reason: string): void {
  annotations.add("authorization.k8s.io/decision", decision);
  annotations.add("authorization.k8s.io/reason", reason);
}
