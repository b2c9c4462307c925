import { s, type StructSchema } from "@dingi/apimachinery";
import { decodeConfiguration } from "../../configuration/decode-configuration.ts";

/** Upstream: apiserver/pkg/apis/apiserver/v1/types.go#AuthenticationConfiguration */
export interface AuthenticationConfiguration {
  readonly jwt?: readonly JwtAuthenticatorConfiguration[] | null;
  readonly anonymous?: AnonymousConfiguration | null;
}

export interface AnonymousConfiguration {
  readonly enabled: boolean;
  /** Where; everywhere when there are none. */
  readonly conditions?: readonly { readonly path: string }[];
}

export interface JwtAuthenticatorConfiguration {
  readonly issuer: Issuer;
  readonly claimValidationRules?: readonly ClaimValidationRule[];
  readonly claimMappings: ClaimMappings;
  readonly userValidationRules?: readonly { readonly expression?: string; readonly message?: string }[];
}

export interface Issuer {
  readonly url?: string;
  readonly discoveryURL?: string;
  /** PEM; the authorities that this machine trusts where it is absent. */
  readonly certificateAuthority?: string;
  readonly audiences?: readonly string[];
  readonly audienceMatchPolicy?: string;
  readonly egressSelectorType?: string;
}

export interface ClaimValidationRule {
  readonly claim?: string;
  readonly requiredValue?: string;
  readonly expression?: string;
  readonly message?: string;
}

export interface ClaimMappings {
  readonly username?: PrefixedClaimOrExpression;
  readonly groups?: PrefixedClaimOrExpression;
  readonly uid?: { readonly claim?: string; readonly expression?: string };
  readonly extra?: readonly { readonly key?: string; readonly valueExpression?: string }[];
}

export interface PrefixedClaimOrExpression {
  readonly claim?: string;
  readonly prefix?: string | undefined;
  readonly expression?: string;
}

const text = (name: string) => s.field(name, 0, s.string, { omitempty: true });
const optionalText = (name: string) => s.field(name, 0, s.string, { pointer: true, omitempty: true });
const struct = (name: string, schema: StructSchema) => s.field(name, 0, schema, {});
const list = (name: string, items: Parameters<typeof s.list>[0]) =>
  s.field(name, 0, s.list(items), { omitempty: true });

const CLAIM_OR_EXPRESSION = s.struct("ClaimOrExpression", () => [text("claim"), text("expression")]);
const PREFIXED = s.struct("PrefixedClaimOrExpression", () => [
  text("claim"),
  optionalText("prefix"),
  text("expression"),
]);
const EXTRA = s.struct("ExtraMapping", () => [text("key"), text("valueExpression")]);
const MAPPINGS = s.struct("ClaimMappings", () => [
  struct("username", PREFIXED),
  struct("groups", PREFIXED),
  struct("uid", CLAIM_OR_EXPRESSION),
  list("extra", EXTRA),
]);
const ISSUER = s.struct("Issuer", () => [
  text("url"),
  optionalText("discoveryURL"),
  text("certificateAuthority"),
  list("audiences", s.string),
  text("audienceMatchPolicy"),
  text("egressSelectorType"),
]);
const CLAIM_RULE = s.struct("ClaimValidationRule", () => [
  text("claim"),
  text("requiredValue"),
  text("expression"),
  text("message"),
]);
const USER_RULE = s.struct("UserValidationRule", () => [text("expression"), text("message")]);
const JWT = s.struct("JWTAuthenticator", () => [
  struct("issuer", ISSUER),
  list("claimValidationRules", CLAIM_RULE),
  struct("claimMappings", MAPPINGS),
  list("userValidationRules", USER_RULE),
]);
const CONDITION = s.struct("AnonymousAuthCondition", () => [text("path")]);
const ANONYMOUS = s.struct("AnonymousAuthConfig", () => [s.field("enabled", 0, s.bool), list("conditions", CONDITION)]);
const CONFIGURATION = s.struct(
  "AuthenticationConfiguration",
  () => [list("jwt", JWT), s.field("anonymous", 0, ANONYMOUS, { pointer: true, omitempty: true })],
  { typed: true },
);

const VERSIONS = ["v1", "v1beta1", "v1alpha1"].map((version) => `apiserver.config.k8s.io/${version}`);

/** Throws an Error for what is none. */
export function decodeAuthenticationConfiguration(data: string): AuthenticationConfiguration {
  const versions = Object.fromEntries(VERSIONS.map((version) => [version, CONFIGURATION]));
  return decodeConfiguration(data, { kind: "AuthenticationConfiguration", versions });
}
