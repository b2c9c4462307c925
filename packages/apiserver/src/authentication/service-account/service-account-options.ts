import { parseDuration } from "@dingi/apimachinery";
import { describeError } from "@dingi/base";

/** How tokens of service accounts are made and believed; all but the signing key as the server has it where absent. */
export interface ServiceAccountOptions {
  /** PEM; in place of the cluster's own, which is believed no less. */
  readonly signingKey?: string;
  /** PEM, of keys that are believed as well. */
  readonly otherKeys?: readonly string[];
  /** Accepted; the first is that of new tokens. */
  readonly issuers?: readonly string[];
  /** Of this server: the issuers where absent. */
  readonly audiences?: readonly string[];
  /** Where others find the keys. */
  readonly jwksUri?: string;
  /** Tokens that are asked for live no longer. */
  readonly maxExpirationSeconds?: number;
  /** Whether pods' tokens live a year; so unless told. */
  readonly extendsExpiration?: boolean;
  /** Whether nodes may join by bootstrap tokens; so unless told. */
  readonly bootstrapTokens?: boolean;
}

type Flags = Readonly<Record<string, string>>;

const HOUR_SECONDS = 3600;
const MAX_SECONDS = 2 ** 32;

/**
 * What upstream's flags say of them. Throws an Error for what cannot be followed.
 * Upstream: pkg/kubeapiserver/options/authentication.go#Validate, pkg/controlplane/apiserver/options/options.go#completeServiceAccountOptions
 */
export function serviceAccountOptions(flags: Flags, read: (path: string) => string): ServiceAccountOptions {
  const signing = flags["service-account-signing-key-file"] ?? "";
  const issuers = linesOf(flags["service-account-issuer"]);
  const audiences = (flags["api-audiences"] ?? "").split(",").filter((audience) => audience !== "");
  const jwksUri = flags["service-account-jwks-uri"] ?? "";
  checkIssuers(issuers);
  checkJwksUri(jwksUri);
  const maxSeconds = maxExpirationOf(flags);
  return {
    ...(signing === "" ? {} : { signingKey: readKey(signing, read) }),
    otherKeys: linesOf(flags["service-account-key-file"]).map((path) => readKey(path, read)),
    ...(issuers.length > 0 ? { issuers } : {}),
    ...(audiences.length > 0 ? { audiences } : {}),
    ...(jwksUri === "" ? {} : { jwksUri }),
    ...(maxSeconds === 0 ? {} : { maxExpirationSeconds: maxSeconds }),
    extendsExpiration: flags["service-account-extend-token-expiration"] !== "false",
    bootstrapTokens: flags["enable-bootstrap-token-auth"] !== "false",
  };
}

function checkJwksUri(uri: string): void {
  if (uri !== "" && !uri.startsWith("https://"))
    throw new Error(`service-account-jwks-uri requires https scheme, parsed as: ${uri}`);
}

/** A flag that may be given again holds a line for each. */
const linesOf = (text = ""): string[] => text.split("\n").filter((line) => line !== "");

function readKey(path: string, read: (path: string) => string): string {
  try {
    return read(path);
  } catch (cause) {
    throw new Error(`The key file "${path}" cannot be read: ${describeError(cause)}`, { cause });
  }
}

function checkIssuers(issuers: readonly string[]): void {
  for (const [i, issuer] of issuers.entries()) {
    const name = `service-account-issuer ${JSON.stringify(issuer)}`;
    if (issuer.includes(":") && !URL.canParse(issuer))
      throw new Error(`${name} contained a ':' but was not a valid URL`);
    if (issuers.indexOf(issuer) < i) throw new Error(`${name} is already specified`);
  }
}

function maxExpirationOf(flags: Flags): number {
  const seconds = parseDuration(flags["service-account-max-token-expiration"] ?? "0") / 1000;
  if (seconds !== 0 && (seconds < HOUR_SECONDS || seconds > MAX_SECONDS))
    throw new Error("the service-account-max-token-expiration must be between 1 hour and 2^32 seconds");
  return seconds;
}
