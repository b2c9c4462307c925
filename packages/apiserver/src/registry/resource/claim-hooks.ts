import type { ResourceV1ResourceClaim } from "@dingi/api";
import type { StorageHooks } from "@dingi/apimachinery";
import type { AdminAccess } from "./admin-access.ts";
import type { ClaimStatusRights } from "./claim-status-rights.ts";

export function claimHooks(access: AdminAccess, rights: ClaimStatusRights): StorageHooks<ResourceV1ResourceClaim> {
  const { authorize, confirmUpdate } = access.forClaims();
  return {
    authorize,
    async confirmUpdate(claim, old, context) {
      await confirmUpdate(claim, old, context);
      await rights.confirm(claim, old, context);
    },
  };
}
