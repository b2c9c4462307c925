import { s, type StructSchema } from "@dingi/apimachinery";
import { decodeConfiguration } from "../../configuration/decode-configuration.ts";

/** Upstream: apiserver/pkg/apis/apiserver/v1/types.go#AuthorizationConfiguration */
export interface AuthorizationConfiguration {
  readonly authorizers?: readonly AuthorizerConfiguration[] | null;
}

export interface AuthorizerConfiguration {
  readonly type?: string;
  readonly name?: string;
  readonly webhook?: WebhookConfiguration;
}

/** Durations are texts, such as "5m0s". */
export interface WebhookConfiguration {
  readonly authorizedTTL?: string;
  readonly cacheAuthorizedRequests?: boolean;
  readonly unauthorizedTTL?: string;
  readonly cacheUnauthorizedRequests?: boolean;
  readonly timeout?: string;
  readonly subjectAccessReviewVersion?: string;
  readonly matchConditionSubjectAccessReviewVersion?: string;
  readonly failurePolicy?: string;
  readonly connectionInfo?: { readonly type?: string; readonly kubeConfigFile?: string };
  readonly matchConditions?: readonly { readonly expression?: string }[];
}

const text = (name: string) => s.field(name, 0, s.string, { omitempty: true });
const duration = (name: string) => s.field(name, 0, s.duration);
const optionalBool = (name: string) => s.field(name, 0, s.bool, { pointer: true, omitempty: true });
const list = (name: string, items: StructSchema) => s.field(name, 0, s.list(items), { omitempty: true });

const CONNECTION = s.struct("WebhookConnectionInfo", () => [
  text("type"),
  s.field("kubeConfigFile", 0, s.string, { pointer: true, omitempty: true }),
]);
const CONDITION = s.struct("WebhookMatchCondition", () => [text("expression")]);
const WEBHOOK = s.struct("WebhookConfiguration", () => [
  duration("authorizedTTL"),
  optionalBool("cacheAuthorizedRequests"),
  duration("unauthorizedTTL"),
  optionalBool("cacheUnauthorizedRequests"),
  duration("timeout"),
  text("subjectAccessReviewVersion"),
  text("matchConditionSubjectAccessReviewVersion"),
  text("failurePolicy"),
  s.field("connectionInfo", 0, CONNECTION),
  list("matchConditions", CONDITION),
]);
const AUTHORIZER = s.struct("AuthorizerConfiguration", () => [
  text("type"),
  text("name"),
  s.field("webhook", 0, WEBHOOK, { pointer: true, omitempty: true }),
]);
const CONFIGURATION = s.struct("AuthorizationConfiguration", () => [list("authorizers", AUTHORIZER)], { typed: true });

const VERSIONS = ["v1", "v1beta1", "v1alpha1"].map((version) => `apiserver.config.k8s.io/${version}`);

/** Throws an Error for what is none. */
export function decodeAuthorizationConfiguration(data: string): AuthorizationConfiguration {
  const versions = Object.fromEntries(VERSIONS.map((version) => [version, CONFIGURATION]));
  const { authorizers } = decodeConfiguration<AuthorizationConfiguration>(data, {
    kind: "AuthorizationConfiguration",
    versions,
  });
  return { authorizers: (authorizers ?? []).map(withDefaults) };
}

const isZero = (value: string | undefined): boolean => value === undefined || value === "0s";

/** Upstream: apiserver/pkg/apis/apiserver/v1/defaults.go#SetDefaults_WebhookConfiguration */
function withDefaults({ webhook, ...rest }: AuthorizerConfiguration): AuthorizerConfiguration {
  if (!webhook) return rest;
  const { authorizedTTL, unauthorizedTTL } = webhook;
  return {
    ...rest,
    webhook: {
      cacheAuthorizedRequests: true,
      cacheUnauthorizedRequests: true,
      ...webhook,
      ...(isZero(authorizedTTL) ? { authorizedTTL: "5m0s" } : {}),
      ...(isZero(unauthorizedTTL) ? { unauthorizedTTL: "30s" } : {}),
    },
  };
}
