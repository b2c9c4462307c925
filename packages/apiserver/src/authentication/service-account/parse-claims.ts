import type { TokenClaims } from "./claims.ts";
import { LEGACY_CLAIMS, LEGACY_ISSUER, type LegacyClaims } from "./legacy-token.ts";

/**
 * The payload of a token with a good signature, when it has the shape of one: whoever holds the key may have signed anything.
 * Times are numbers, and a token that does not say when it ends is none. Upstream: go-jose's jwt.Claims
 */
export function parseClaims(payload: unknown): TokenClaims | LegacyClaims | undefined {
  if (!isObject(payload) || !isText(payload["iss"]) || !isText(payload["sub"])) return undefined;
  // By its issuer, as it is told apart later: claims of both kinds would be read as one and checked as the other.
  if (payload["iss"] === LEGACY_ISSUER) return parseLegacy(payload);
  const aud = audiences(payload["aud"]);
  const { exp, nbf = 0, iat = 0, jti = "" } = payload;
  if (!aud || !isTime(exp) || !isTime(nbf) || !isTime(iat) || !isText(jti)) return undefined;
  const bound = payload["kubernetes.io"];
  if (!isObject(bound) || !isText(bound["namespace"]) || !isReference(bound["serviceaccount"])) return undefined;
  const areReferences = ["pod", "secret", "node"].every(
    (name) => bound[name] === undefined || isReference(bound[name]),
  );
  return areReferences ? ({ ...payload, aud, exp, nbf, iat, jti } as unknown as TokenClaims) : undefined;
}

function parseLegacy(payload: Record<string, unknown>): LegacyClaims | undefined {
  return LEGACY_CLAIMS.every((name) => isText(payload[name])) ? (payload as unknown as LegacyClaims) : undefined;
}

/** One audience may stand for itself. */
function audiences(value: unknown): readonly string[] | undefined {
  if (isText(value)) return [value];
  return Array.isArray(value) && value.every(isText) ? value : undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isText = (value: unknown): value is string => typeof value === "string";

const isTime = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

/** A node that was not there as the token was made has no uid. */
function isReference(value: unknown): boolean {
  return isObject(value) && isText(value["name"]) && (value["uid"] === undefined || isText(value["uid"]));
}
