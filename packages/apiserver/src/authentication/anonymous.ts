import type { ApiRequest, UserInfo } from "@dingi/apimachinery";
import type { AnonymousConfiguration } from "./configuration/authentication-configuration.ts";
import { UNAUTHENTICATED_GROUP } from "./token/authenticated-groups.ts";

const ANONYMOUS: UserInfo = { name: "system:anonymous", groups: [UNAUTHENTICATED_GROUP] };

/** Whoever shows nothing, where that is allowed. Upstream: apiserver/pkg/authentication/request/anonymous/anonymous.go */
export class AnonymousAuthenticator {
  readonly #enabled: boolean;
  /** Everywhere when there are none. */
  readonly #paths: ReadonlySet<string>;

  constructor({ enabled, conditions = [] }: AnonymousConfiguration) {
    this.#enabled = enabled;
    this.#paths = new Set(conditions.map(({ path }) => path));
  }

  authenticate({ path }: Pick<ApiRequest, "path">): UserInfo | undefined {
    return this.#enabled && (this.#paths.size === 0 || this.#paths.has(path)) ? ANONYMOUS : undefined;
  }
}
