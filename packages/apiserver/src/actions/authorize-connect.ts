import { newForbidden } from "@dingi/apimachinery";
import { attributesOf } from "../authorization/attributes-of.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { ActionCall } from "../endpoints/action.ts";

/** A WebSocket begins with a GET, and does what else takes a POST. Upstream: pkg/registry/core/pod/rest/authorize.go#ensureAuthorizedForVerb */
export async function authorizeConnect(call: ActionCall, authorizer: Authorizer): Promise<void> {
  if (call.info.verb === "create") return;
  const { decision, reason } = await authorizer.authorize({ ...attributesOf(call), verb: "create" });
  if (decision === "allow") return;
  const { group, resource, name } = call.info;
  throw newForbidden({ group, resource }, name, reason);
}
