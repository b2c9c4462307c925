import {
  duplicate,
  invalid,
  required,
  validateDomainPrefixedPath,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { ClaimExpressions, Rule } from "../jwt/claim-expressions.ts";
import { JwtExpression } from "../jwt/jwt-expression.ts";
import type {
  ClaimMappings,
  ClaimValidationRule,
  JwtAuthenticatorConfiguration,
  PrefixedClaimOrExpression,
} from "./authentication-configuration.ts";
import { validateIssuer } from "./validate-issuer.ts";

interface Validated {
  readonly errors: readonly FieldError[];
  /** Of use only without errors. */
  readonly expressions: ClaimExpressions;
}

/** Upstream: apiserver/pkg/apis/apiserver/validation/validation.go#validateJWTAuthenticator */
export function validateJwtAuthenticator(
  { issuer, claimValidationRules = [], claimMappings, userValidationRules = [] }: JwtAuthenticatorConfiguration,
  at: FieldPath,
  disallowedIssuers: readonly string[],
): Validated {
  const compiler = new Compiler();
  const issuerErrors = validateIssuer(issuer ?? {}, at.child("issuer"), disallowedIssuers);
  const claimRules = new ClaimRules(compiler, at.child("claimValidationRules")).validate(claimValidationRules);
  const mappings = validateMappings(claimMappings ?? {}, at.child("claimMappings"), { compiler, claimRules });
  const userRules = validateUserRules(userValidationRules, at.child("userValidationRules"), compiler);
  const expressions = { ...mappings, claimRules, userRules };
  return { errors: [...issuerErrors, ...compiler.errors], expressions };
}

/** Compiles, and gathers what is wrong, in its order. */
class Compiler {
  readonly errors: FieldError[] = [];

  claims(expression: string, at: FieldPath, isCondition = false): JwtExpression | undefined {
    return this.#compile({ expression, about: "claims", isCondition }, at);
  }

  user(expression: string, at: FieldPath): JwtExpression | undefined {
    return this.#compile({ expression, about: "user", isCondition: true }, at);
  }

  #compile(options: Parameters<typeof JwtExpression.compile>[0], at: FieldPath): JwtExpression | undefined {
    const compiled = JwtExpression.compile(options);
    if (typeof compiled !== "string") return compiled;
    this.errors.push(invalid(at, options.expression, compiled));
    return undefined;
  }
}

class ClaimRules {
  readonly #compiler: Compiler;
  readonly #at: FieldPath;
  readonly #seenClaims = new Set<string>();
  readonly #seenExpressions = new Set<string>();

  constructor(compiler: Compiler, at: FieldPath) {
    this.#compiler = compiler;
    this.#at = at;
  }

  validate(rules: readonly ClaimValidationRule[]): Rule[] {
    return rules.flatMap((rule, i) => this.#rule(rule, this.#at.index(i)) ?? []);
  }

  #rule(rule: ClaimValidationRule, at: FieldPath): Rule | undefined {
    const { claim = "", expression = "" } = rule;
    const { errors } = this.#compiler;
    if (claim !== "" && expression !== "") errors.push(invalid(at, claim, "claim and expression can't both be set"));
    else if (claim !== "") this.#claim(rule, claim, at);
    else if (expression !== "") return this.#expression(rule, expression, at);
    else errors.push(required(at, "claim or expression is required"));
    return undefined;
  }

  #claim({ message = "" }: ClaimValidationRule, claim: string, at: FieldPath): void {
    const { errors } = this.#compiler;
    if (message !== "") errors.push(invalid(at.child("message"), message, "may not be specified when claim is set"));
    if (this.#seenClaims.has(claim)) errors.push(duplicate(at.child("claim"), claim));
    this.#seenClaims.add(claim);
  }

  #expression(rule: ClaimValidationRule, expression: string, at: FieldPath): Rule | undefined {
    const { requiredValue = "", message = "" } = rule;
    const { errors } = this.#compiler;
    if (requiredValue !== "")
      errors.push(invalid(at.child("requiredValue"), requiredValue, "may not be specified when expression is set"));
    const where = at.child("expression");
    if (this.#seenExpressions.has(expression)) {
      errors.push(duplicate(where, expression));
      return undefined;
    }
    this.#seenExpressions.add(expression);
    const condition = this.#compiler.claims(expression, where, true);
    return condition && { condition, message };
  }
}

interface MappingContext {
  readonly compiler: Compiler;
  readonly claimRules: readonly Rule[];
}

type Mappings = Pick<ClaimExpressions, "username" | "groups" | "uid" | "extra">;

function validateMappings(mappings: ClaimMappings, at: FieldPath, { compiler, claimRules }: MappingContext): Mappings {
  const { username = {}, groups = {}, uid = {}, extra = [] } = mappings;
  const name = validateUsername(username, at.child("username"), compiler);
  const groupList = validatePrefixed(groups, at.child("groups"), compiler);
  const uidValue = validateUid(uid, at.child("uid"), compiler);
  const extras = validateExtra(extra, at.child("extra"), compiler);
  const verifying = [...claimRules.map(({ condition }) => condition), ...extras.map(({ value }) => value)];
  if (name && isUnverified(name, verifying))
    compiler.errors.push(invalid(at.child("username", "expression"), name.expression, UNVERIFIED));
  return {
    ...(name ? { username: name } : {}),
    ...(groupList ? { groups: groupList } : {}),
    ...(uidValue ? { uid: uidValue } : {}),
    extra: extras,
  };
}

function validateUsername(
  username: PrefixedClaimOrExpression,
  at: FieldPath,
  compiler: Compiler,
): JwtExpression | undefined {
  if (!username.claim && !username.expression) compiler.errors.push(required(at, "claim or expression is required"));
  return validatePrefixed(username, at, compiler);
}

/** Whether it makes a name of an address that nobody has looked at. */
function isUnverified(name: JwtExpression, others: readonly JwtExpression[]): boolean {
  return name.uses("email") && ![name, ...others].some((one) => one.uses("email_verified"));
}

const UNVERIFIED =
  "claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression";
const BOTH = "claim and expression can't both be set";

function validatePrefixed(
  { claim = "", prefix, expression = "" }: PrefixedClaimOrExpression,
  at: FieldPath,
  compiler: Compiler,
): JwtExpression | undefined {
  const { errors } = compiler;
  if (claim !== "" && expression !== "") errors.push(invalid(at, "", BOTH));
  else if (expression !== "") {
    if (prefix !== undefined)
      errors.push(invalid(at.child("prefix"), prefix, "may not be specified when expression is set"));
    return compiler.claims(expression, at.child("expression"));
  } else if (claim !== "" && prefix === undefined)
    errors.push(
      required(
        at.child("prefix"),
        "prefix is required when claim is set. It can be set to an empty string to disable prefixing",
      ),
    );
  return undefined;
}

function validateUid(
  { claim = "", expression = "" }: NonNullable<ClaimMappings["uid"]>,
  at: FieldPath,
  compiler: Compiler,
): JwtExpression | undefined {
  if (expression === "") return undefined;
  if (claim === "") return compiler.claims(expression, at.child("expression"));
  compiler.errors.push(invalid(at, "", BOTH));
  return undefined;
}

function validateExtra(
  extra: NonNullable<ClaimMappings["extra"]>,
  at: FieldPath,
  compiler: Compiler,
): ClaimExpressions["extra"] {
  const seen = new Set<string>();
  return extra.flatMap(({ key = "", valueExpression = "" }, i) => {
    const { errors } = compiler;
    const where = at.index(i);
    errors.push(...keyErrors(key, where.child("key")));
    if (seen.has(key)) {
      errors.push(duplicate(where.child("key"), key));
      return [];
    }
    seen.add(key);
    if (valueExpression === "") errors.push(required(where.child("valueExpression")));
    const value = valueExpression === "" ? undefined : compiler.claims(valueExpression, where.child("valueExpression"));
    return value ? [{ key, value }] : [];
  });
}

function keyErrors(key: string, at: FieldPath): FieldError[] {
  const domain = key.includes("/") ? key.slice(0, key.indexOf("/")) : "";
  const isReserved = /(^|\.)(kubernetes|k8s)\.io$/.test(domain);
  return [
    ...validateDomainPrefixedPath(key, at),
    ...(key === key.toLowerCase() ? [] : [invalid(at, key, "must be lowercase")]),
    ...(isReserved
      ? [invalid(at, key, "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use")]
      : []),
  ];
}

function validateUserRules(
  rules: NonNullable<JwtAuthenticatorConfiguration["userValidationRules"]>,
  at: FieldPath,
  compiler: Compiler,
): Rule[] {
  const seen = new Set<string>();
  return rules.flatMap(({ expression = "", message = "" }, i) => {
    const where = at.index(i).child("expression");
    if (expression === "") compiler.errors.push(required(where));
    else if (seen.has(expression)) compiler.errors.push(duplicate(where, expression));
    else {
      seen.add(expression);
      const condition = compiler.user(expression, where);
      return condition ? [{ condition, message }] : [];
    }
    return [];
  });
}
