import type { V1Secret } from "@dingi/api";
import type { UserInfo } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import { AUTHENTICATED_GROUP } from "../token/authenticated-groups.ts";
import { serviceAccountGroups, serviceAccountUsername } from "./claims.ts";
import type { BoundObjects } from "./bound-objects.ts";

export const LEGACY_ISSUER = "kubernetes/serviceaccount";
export const LAST_USED = "kubernetes.io/legacy-token-last-used";
const INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since";
const DAY_MS = 24 * 3600 * 1000;

/** The payload of a token that lies in a Secret. Upstream: pkg/serviceaccount/legacy.go#legacyPrivateClaims */
export interface LegacyClaims {
  readonly iss: typeof LEGACY_ISSUER;
  readonly sub: string;
  readonly "kubernetes.io/serviceaccount/namespace": string;
  readonly "kubernetes.io/serviceaccount/secret.name": string;
  readonly "kubernetes.io/serviceaccount/service-account.name": string;
  readonly "kubernetes.io/serviceaccount/service-account.uid": string;
}

/** What each of them says. */
export const LEGACY_CLAIMS: readonly (keyof LegacyClaims)[] = [
  "kubernetes.io/serviceaccount/namespace",
  "kubernetes.io/serviceaccount/secret.name",
  "kubernetes.io/serviceaccount/service-account.name",
  "kubernetes.io/serviceaccount/service-account.uid",
];

export function isLegacy(claims: { readonly iss: string }): claims is LegacyClaims {
  return claims.iss === LEGACY_ISSUER;
}

interface LegacyOptions {
  readonly objects: Pick<BoundObjects, "serviceAccount" | "secret">;
  readonly onLegacyUse: (secret: V1Secret) => void;
}

/** Whose token it is, as long as the Secret still holds it; undefined otherwise. */
export function validateLegacy(claims: LegacyClaims, token: string, options: LegacyOptions): UserInfo | undefined {
  const { namespace, name, uid, secretName } = subjectOf(claims);
  if (!namespace || !name || !uid || claims.sub !== serviceAccountUsername(namespace, name)) return undefined;
  const secret = secretName ? options.objects.secret(namespace, secretName) : undefined;
  if (!secret || !holds(secret, token)) return undefined;
  const account = options.objects.serviceAccount(namespace, name);
  if (account?.uid !== uid || account.deletionTimestamp !== undefined) return undefined;
  options.onLegacyUse(secret);
  if (secret.metadata.labels?.[INVALID_SINCE]) return undefined;
  return { name: claims.sub, uid, groups: [...serviceAccountGroups(namespace), AUTHENTICATED_GROUP] };
}

function subjectOf(claims: LegacyClaims) {
  return {
    namespace: claims["kubernetes.io/serviceaccount/namespace"],
    name: claims["kubernetes.io/serviceaccount/service-account.name"],
    uid: claims["kubernetes.io/serviceaccount/service-account.uid"],
    secretName: claims["kubernetes.io/serviceaccount/secret.name"],
  };
}

function holds(secret: V1Secret, token: string): boolean {
  if (secret.metadata.deletionTimestamp !== undefined) return false;
  return secret.data?.["token"] === Buffer.from(token).toString("base64");
}

/** The label that says on which day a token was used last; undefined when it says so already. */
export function lastUsedLabel(secret: V1Secret, clock: Clock): string | undefined {
  const day = (offsetMs: number) => new Date(clock.now() + offsetMs).toISOString().slice(0, 10);
  const known = secret.metadata.labels?.[LAST_USED];
  return known === day(0) || known === day(DAY_MS) ? undefined : day(0);
}
