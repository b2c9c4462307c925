import type { UserInfo } from "@dingi/apimachinery";
import { CelList, type Value } from "@dingi/cel";
import type { JwtAuthenticatorConfiguration } from "../configuration/authentication-configuration.ts";
import type { ValidJwt } from "../configuration/validate-authentication-configuration.ts";
import { authenticatedGroups } from "../token/authenticated-groups.ts";
import type { ClaimExpressions, Rule } from "./claim-expressions.ts";
import type { JwtExpression } from "./jwt-expression.ts";
import { textClaim, textsClaim, type Claims } from "./token-claims.ts";
import { messageOf } from "../token/message-of.ts";

const CREDENTIAL_ID = "authentication.kubernetes.io/credential-id";

/**
 * Who the claims of a verified token say it is of. Throws an Error where they do not, or where a rule does not hold.
 * Upstream: apiserver/plugin/pkg/authenticator/token/oidc/oidc.go#AuthenticateToken
 */
export function mappedUser(claims: Claims, { configuration, expressions }: ValidJwt): UserInfo {
  const { claimMappings, claimValidationRules = [] } = configuration;
  refuseDistributed(claims, claimMappings);
  const username = usernameOf(claims, claimMappings, expressions);
  const groups = groupsOf(claims, claimMappings, expressions);
  const uid = uidOf(claims, claimMappings, expressions);
  const extra = extraOf(claims, expressions);
  for (const { claim = "", requiredValue = "" } of claimValidationRules)
    if (claim !== "") requireClaim(claims, claim, requiredValue);
  within("oidc: error evaluating claim validation expression", () => checkRules(expressions.claimRules, claims));
  const shown = { username, uid, groups, extra };
  within("oidc: error evaluating user info validation rule", () => checkRules(expressions.userRules, shown));
  return {
    name: username,
    ...(uid === "" ? {} : { uid }),
    groups: authenticatedGroups(username, groups),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

type Mappings = JwtAuthenticatorConfiguration["claimMappings"];

function within<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new Error(`${what}: ${messageOf(cause)}`, { cause });
  }
}

/** Differs: upstream asks another server for the groups. Who is in some must not pass as one who is in none. */
function refuseDistributed(claims: Claims, { groups = {} }: Mappings): void {
  const { claim = "" } = groups;
  const names = claims["_claim_names"];
  if (claim === "" || Object.hasOwn(claims, claim) || typeof names !== "object" || names === null) return;
  if (Object.hasOwn(names, claim))
    throw new Error(`oidc: could not expand distributed claims: this server does not ask others for claim "${claim}"`);
}

/** Differs: a claim may not be empty either, for nobody is called nothing. */
function usernameOf(claims: Claims, { username = {} }: Mappings, expressions: ClaimExpressions): string {
  const { claim = "", prefix = "" } = username;
  if (expressions.username) return usernameByExpression(expressions.username, claims);
  const name = within(`oidc: parse username claims ${JSON.stringify(claim)}`, () => textClaim(claims, claim));
  if (name === "") throw new Error(`oidc: parse username claims ${JSON.stringify(claim)}: it is empty`);
  if (claim === "email") requireVerified(claims);
  return `${prefix}${name}`;
}

function usernameByExpression(expression: JwtExpression, claims: Claims): string {
  const value = within("oidc: error evaluating username claim expression", () => {
    const result = expression.evaluate(claims);
    if (typeof result !== "string") throw new Error("username claim expression must return a string");
    return result;
  });
  if (value === "") throw new Error("oidc: empty username via CEL expression is not allowed");
  return value;
}

function requireVerified(claims: Claims): void {
  if (!Object.hasOwn(claims, "email_verified")) return;
  const isVerified = claims["email_verified"];
  if (typeof isVerified !== "boolean" && isVerified !== null)
    throw new Error("oidc: parse 'email_verified' claim: json: cannot unmarshal it into Go value of type bool");
  if (isVerified !== true) throw new Error("oidc: email not verified");
}

function groupsOf(claims: Claims, { groups = {} }: Mappings, expressions: ClaimExpressions): readonly string[] {
  const { claim = "", prefix = "" } = groups;
  if (claim !== "" && Object.hasOwn(claims, claim)) {
    const names = within(`oidc: parse groups claim ${JSON.stringify(claim)}`, () => textsClaim(claims, claim));
    return names.map((name) => `${prefix}${name}`);
  }
  const { groups: expression } = expressions;
  if (!expression) return [];
  return within("oidc: error evaluating group claim expression", () => textsOf(expression.evaluate(claims)));
}

function uidOf(claims: Claims, { uid = {} }: Mappings, expressions: ClaimExpressions): string {
  const { claim = "" } = uid;
  if (claim !== "") return within(`oidc: parse uid claim ${JSON.stringify(claim)}`, () => textClaim(claims, claim));
  const { uid: expression } = expressions;
  if (!expression) return "";
  return within("oidc: error evaluating uid claim expression", () => {
    const value = expression.evaluate(claims);
    if (typeof value !== "string") throw new Error("uid claim expression must return a string");
    return value;
  });
}

function extraOf(claims: Claims, expressions: ClaimExpressions): Record<string, readonly string[]> {
  const extra: Record<string, readonly string[]> = {};
  const { jti } = claims;
  if (typeof jti === "string" && jti !== "") extra[CREDENTIAL_ID] = [`JTI=${jti}`];
  for (const { key, value: expression } of expressions.extra) {
    const value = expression.evaluate(claims);
    const texts = within(`oidc: error evaluating extra claim expression: ${expression.expression}`, () =>
      textsOf(value),
    );
    if (texts.length > 0) extra[key] = texts;
  }
  return extra;
}

/** Empty texts, and nothing, are not there. Upstream: …/oidc.go#convertCELValueToStringList */
function textsOf(value: Value): readonly string[] {
  if (value === null) return [];
  if (typeof value === "string") return value === "" ? [] : [value];
  const texts = value instanceof CelList ? [...value] : [undefined];
  if (texts.every((one) => typeof one === "string")) return texts.filter((one) => one !== "");
  throw new Error("expression must return a string or a list of strings");
}

function requireClaim(claims: Claims, claim: string, wanted: string): void {
  if (!Object.hasOwn(claims, claim)) throw new Error(`oidc: required claim ${claim} not present in ID token`);
  const value = within(`oidc: parse claim ${claim}`, () => textClaim(claims, claim));
  if (value !== wanted)
    throw new Error(`oidc: required claim ${claim} value does not match. Got = ${value}, want = ${wanted}`);
}

function checkRules(rules: readonly Rule[], subject: object): void {
  const values = rules.map((rule) => ({ rule, value: rule.condition.evaluate(subject) }));
  for (const { rule, value } of values) {
    if (typeof value !== "boolean") throw new Error("validation expression must return a boolean");
    if (!value) throw new Error(`validation expression '${rule.condition.expression}' failed: ${rule.message}`);
  }
}
