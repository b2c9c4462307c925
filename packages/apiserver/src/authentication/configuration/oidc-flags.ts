import type { ClaimMappings, JwtAuthenticatorConfiguration } from "./authentication-configuration.ts";

type Flags = Readonly<Record<string, string>>;

/**
 * The issuer that upstream's older flags name. Throws an Error when they do not name one whole.
 * Upstream: pkg/kubeapiserver/options/authentication.go#ToAuthenticationConfig
 */
export function issuerOfFlags(
  flags: Flags,
  readFile: (path: string) => string,
): JwtAuthenticatorConfiguration | undefined {
  const url = flags["oidc-issuer-url"] ?? "";
  const clientId = flags["oidc-client-id"] ?? "";
  if (!hasOidcFlags(flags)) return undefined;
  if (url === "" || clientId === "")
    throw new Error("oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set");
  const caFile = flags["oidc-ca-file"] ?? "";
  return {
    issuer: { url, audiences: [clientId], ...(caFile === "" ? {} : { certificateAuthority: readFile(caFile) }) },
    claimMappings: {
      username: { claim: usernameClaim(flags), prefix: usernamePrefix(flags, url) },
      ...groupsOf(flags),
    },
    claimValidationRules: requiredClaims(flags["oidc-required-claim"] ?? ""),
  };
}

export function hasOidcFlags(flags: Flags): boolean {
  return Object.keys(flags).some((name) => name.startsWith("oidc-"));
}

function groupsOf(flags: Flags): Pick<ClaimMappings, "groups"> {
  const claim = flags["oidc-groups-claim"] ?? "";
  return claim === "" ? {} : { groups: { claim, prefix: flags["oidc-groups-prefix"] ?? "" } };
}

const usernameClaim = (flags: Flags): string => flags["oidc-username-claim"] ?? "sub";

/** Names of different issuers must not be the same. */
function usernamePrefix(flags: Flags, url: string): string {
  const given = flags["oidc-username-prefix"] ?? "";
  if (given === "-") return "";
  return given === "" && usernameClaim(flags) !== "email" ? `${url}#` : given;
}

function requiredClaims(text: string): { readonly claim: string; readonly requiredValue: string }[] {
  const pairs = text.split("\n").filter((line) => line !== "");
  return pairs.map((pair) => {
    const at = pair.indexOf("=");
    if (at < 0) throw new Error(`--oidc-required-claim takes claim=value, not "${pair}"`);
    return { claim: pair.slice(0, at).trim(), requiredValue: pair.slice(at + 1).trim() };
  });
}
