import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";

/**
 * As `tls.checkServerIdentity`, with Go's words. What a certificate is for, only its alternative names say: a common name
 * counts for nothing.
 *
 * Upstream: go/src/crypto/x509/verify.go#HostnameError
 */
export function verifyServer(host: string, certificate: PeerCertificate): Error | undefined {
  const { subjectaltname = "" } = certificate;
  const isName = isIP(host) === 0;
  // Where there is none of its kind, Node takes the common name.
  const names = listed(subjectaltname, isName ? "DNS" : "IP Address");
  if (names.length > 0 && checkServerIdentity(host, certificate) === undefined) return undefined;
  return new Error(`x509: ${isName ? nameProblem(host, certificate) : addressProblem(host, subjectaltname)}`);
}

function nameProblem(host: string, { subjectaltname = "", subject }: PeerCertificate): string {
  const names = listed(subjectaltname, "DNS");
  if (names.length > 0) return `certificate is valid for ${names.join(", ")}, not ${host}`;
  const isLegacy = subjectaltname === "" && subject?.CN !== undefined;
  if (isLegacy) return "certificate relies on legacy Common Name field, use SANs instead";
  return `certificate is not valid for any names, but wanted to match ${host}`;
}

function addressProblem(host: string, subjectaltname: string): string {
  const addresses = listed(subjectaltname, "IP Address");
  if (addresses.length === 0) return `cannot validate certificate for ${host} because it doesn't contain any IP SANs`;
  return `certificate is valid for ${addresses.join(", ")}, not ${host}`;
}

function listed(subjectaltname: string, type: string): string[] {
  return subjectaltname
    .split(", ")
    .filter((entry) => entry.startsWith(`${type}:`))
    .map((entry) => entry.slice(type.length + 1));
}
