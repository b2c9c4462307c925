import { describeError } from "@dingi/base";

const UNKNOWN_AUTHORITY = "x509: certificate signed by unknown authority";

/** By Node's and OpenSSL's codes, what Go says. Where it dialled to stands in `%`. */
const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "dial tcp %: connect: connection refused",
  EHOSTUNREACH: "dial tcp %: connect: no route to host",
  ENETUNREACH: "dial tcp %: connect: network is unreachable",
  ETIMEDOUT: "dial tcp %: connect: connection timed out",
  // A server that hangs up without an answer.
  ECONNRESET: "EOF",
  EPIPE: "EOF",
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  CERT_SIGNATURE_FAILURE: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: "x509: certificate has expired or is not yet valid",
  CERT_NOT_YET_VALID: "x509: certificate has expired or is not yet valid",
  ERR_SSL_WRONG_VERSION_NUMBER: "http: server gave HTTP response to HTTPS client",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "http: server gave HTTP response to HTTPS client",
};

/** Why a server could not be asked, in Go's words where it has some. */
export function networkCause(error: unknown, dialled: string): string {
  const { code = "", syscall = "" } = error as NodeJS.ErrnoException;
  if (syscall === "getaddrinfo") return `dial tcp: lookup ${(error as { hostname?: string }).hostname}: no such host`;
  const text = Object.hasOwn(CAUSES, code) ? CAUSES[code]!.replace("%", dialled) : describeError(error);
  return text.startsWith("x509: ") ? `tls: failed to verify certificate: ${text}` : text;
}
