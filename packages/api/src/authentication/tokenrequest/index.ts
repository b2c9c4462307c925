import { defineReview } from "@dingi/apimachinery";
import { AuthenticationV1TokenRequest } from "./tokenrequest.gen.ts";
import { DEFAULT_EXPIRATION_SECONDS, validateTokenRequest } from "./validation.ts";

export * from "./tokenrequest.gen.ts";

export const TokenRequest = defineReview<AuthenticationV1TokenRequest>({
  group: "authentication.k8s.io",
  kind: "TokenRequest",
  plural: "",
  scope: "Namespaced",
  apiVersion: "authentication.k8s.io/v1",
  schema: AuthenticationV1TokenRequest,
  defaults: ({ spec }) => {
    spec.expirationSeconds ??= DEFAULT_EXPIRATION_SECONDS;
  },
  validate: validateTokenRequest,
});
