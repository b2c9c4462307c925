import {
  duplicate,
  fieldErrorText,
  forbidden,
  invalid,
  path,
  tooMany,
  equalJson,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { ConfigurationError } from "../../configuration/decode-configuration.ts";
import type { ClaimExpressions } from "../jwt/claim-expressions.ts";
import type {
  AnonymousConfiguration,
  AuthenticationConfiguration,
  JwtAuthenticatorConfiguration,
} from "./authentication-configuration.ts";
import { validateJwtAuthenticator } from "./validate-jwt-authenticator.ts";

const MAX_JWT = 64;

/** An issuer that can be used. */
export interface ValidJwt {
  readonly configuration: JwtAuthenticatorConfiguration;
  readonly expressions: ClaimExpressions;
}

interface ValidationOptions {
  /** Those of service accounts: their tokens are no others'. */
  readonly disallowedIssuers: readonly string[];
  /** What the file said at first; it cannot be changed. Undefined: whatever it says. */
  readonly anonymous?: { readonly was: AnonymousConfiguration | undefined };
}

/**
 * Throws ConfigurationError with all that is wrong.
 * Upstream: apiserver/pkg/apis/apiserver/validation/validation.go#ValidateAuthenticationConfiguration
 */
export function validateAuthenticationConfiguration(
  { jwt, anonymous }: AuthenticationConfiguration,
  options: ValidationOptions,
): readonly ValidJwt[] {
  const all = jwt ?? [];
  const root = path("jwt");
  if (all.length > MAX_JWT) throw flawed([tooMany(root, all.length, MAX_JWT)]);
  const validated = all.map((configuration, i) => {
    const at = root.index(i);
    const { errors, expressions } = validateJwtAuthenticator(configuration, at, options.disallowedIssuers);
    return { errors: [...errors, ...repeated(all, configuration, at)], configuration, expressions };
  });
  const errors = [
    ...validated.flatMap((one) => one.errors),
    ...anonymousErrors(anonymous ?? undefined),
    ...changeErrors(anonymous ?? undefined, options),
  ];
  if (errors.length > 0) throw flawed(errors);
  return validated;
}

const flawed = (errors: readonly FieldError[]): ConfigurationError =>
  new ConfigurationError("authentication", errors.map(fieldErrorText));

function changeErrors(now: AnonymousConfiguration | undefined, { anonymous }: ValidationOptions): FieldError[] {
  if (!anonymous || equalJson(anonymous.was, now)) return [];
  return [forbidden(path("anonymous"), "changed from initial configuration file")];
}

function repeated(
  all: readonly JwtAuthenticatorConfiguration[],
  one: JwtAuthenticatorConfiguration,
  at: FieldPath,
): FieldError[] {
  const before = all.slice(0, all.indexOf(one));
  const { url = "", discoveryURL = "" } = one.issuer ?? {};
  const issuer = at.child("issuer");
  return [
    ...(before.some((other) => (other.issuer?.url ?? "") === url) ? [duplicate(issuer.child("url"), url)] : []),
    ...(discoveryURL !== "" && before.some((other) => other.issuer?.discoveryURL === discoveryURL)
      ? [duplicate(issuer.child("discoveryURL"), discoveryURL)]
      : []),
  ];
}

function anonymousErrors(anonymous: AnonymousConfiguration | undefined): FieldError[] {
  const { enabled = true, conditions = [] } = anonymous ?? {};
  if (enabled || conditions.length === 0) return [];
  // Go prints the conditions as structs.
  const printed = conditions.map(({ path: where }) => ({ Path: where }));
  return [
    invalid(path("anonymous", "conditions"), printed, "enabled should be set to true when conditions are defined"),
  ];
}
