import type { ApiRequest, UserInfo } from "@dingi/apimachinery";

/** Finds out who sends a request. Upstream: apiserver/pkg/authentication/authenticator/interfaces.go */
export interface Authenticator {
  /** Undefined: not one of mine; the next is asked. Throws StatusError 401 for credentials that are wrong. */
  authenticate(request: ApiRequest): UserInfo | undefined | Promise<UserInfo | undefined>;
}
