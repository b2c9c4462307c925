import { newForbidden } from "@dingi/apimachinery";
import { attributesOf } from "../authorization/attributes-of.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import { describeAttributes } from "../authorization/describe.ts";
import type { Call } from "./call.ts";
import type { Filter } from "./filter.ts";

/** Refuses what the user may not do. Upstream: apiserver/pkg/endpoints/filters/authorization.go#WithAuthorization */
export function authorize(authorizer: Authorizer): Filter {
  return async (call, next) => {
    const attributes = attributesOf(call);
    const { decision, reason } = await authorizer.authorize(attributes);
    const allowed = decision === "allow";
    if (call.audit) noteDecision(call, allowed ? "allow" : "forbid", reason);
    if (allowed) return await next(call);
    const resource = { group: attributes.group, resource: attributes.resource };
    throw newForbidden(resource, attributes.name, describeAttributes(attributes, reason));
  };
}

function noteDecision({ annotations }: Call, decision: string, reason: string): void {
  annotations.add("authorization.k8s.io/decision", decision);
  annotations.add("authorization.k8s.io/reason", reason);
}
