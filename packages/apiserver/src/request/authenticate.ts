import { newUnauthorized, type ApiRequest, type UserInfo } from "@dingi/apimachinery";
import type { AnonymousAuthenticator } from "../authentication/anonymous.ts";
import type { Authenticator } from "../authentication/authenticator.ts";
import type { Filter } from "./filter.ts";

export interface AuthenticateOptions {
  readonly authenticators: readonly Authenticator[];
  /** Which requests without credentials become system:anonymous; others are refused. */
  readonly anonymous: AnonymousAuthenticator;
}

/** Finds out who asks. Upstream: apiserver/pkg/endpoints/filters/authentication.go#WithAuthentication */
export function authenticate(options: AuthenticateOptions): Filter {
  return async (call, next) => {
    call.user = await whoAsks(call.request, options);
    return await next(call);
  };
}

/** Good credentials are enough, also beside bad ones; without any good ones, bad ones are refused. */
async function whoAsks(request: ApiRequest, { authenticators, anonymous }: AuthenticateOptions): Promise<UserInfo> {
  let failure: unknown;
  for (const authenticator of authenticators) {
    try {
      const user = await authenticator.authenticate(request);
      if (user) return user;
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  const nobody = anonymous.authenticate(request);
  if (nobody) return nobody;
  throw newUnauthorized();
}
