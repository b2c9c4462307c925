import { Impersonation } from "../authentication/impersonation/impersonation.ts";
import { wantedUser } from "../authentication/impersonation/wanted-user.ts";
import { attributesOf } from "../authorization/attributes-of.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { Filter } from "./filter.ts";

/** Who may act for somebody else goes on as he. Upstream: apiserver/pkg/endpoints/filters/impersonation/impersonation.go */
export function impersonate(authorizer: Authorizer): Filter {
  const impersonation = new Impersonation(authorizer);
  return async (call, next) => {
    const wanted = wantedUser(call.request.headers);
    if (wanted) {
      const impersonated = await impersonation.become(wanted, attributesOf(call));
      call.user = impersonated.user;
      call.audit?.impersonated(impersonated);
    }
    return await next(call);
  };
}
