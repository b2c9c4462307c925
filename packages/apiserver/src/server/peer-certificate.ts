import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { PeerCertificate } from "@dingi/apimachinery";

/** The client certificate of a connection, when one was sent, and whether it was verified against the client CA. */
export function peerCertificate(socket: TLSSocket): PeerCertificate | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return undefined;
  const described = describe(certificate);
  return socket.authorized ? described : { ...described, rejected: String(socket.authorizationError) };
}

/** Of several common names the last counts: as with Go, and as for who signs requests. */
export function describe(certificate: X509Certificate): PeerCertificate {
  const attributes = namesIn(certificate).map((text) => {
    const equals = text.indexOf("=");
    return { type: text.slice(0, equals), value: unescapeValue(text.slice(equals + 1)) };
  });
  const values = (type: string) =>
    attributes.filter((attribute) => attribute.type === type).map((attribute) => attribute.value);
  const uid = values("1.3.6.1.4.1.57683.2")[0];
  return {
    commonName: values("CN").at(-1) ?? "",
    organizations: values("O"),
    ...(uid === undefined ? {} : { uid }),
    fingerprint256: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
    notAfterMs: Date.parse(certificate.validTo),
  };
}

/** One a line, and those of one set joined by a plus sign, which is escaped in names; nothing at all where there are none. */
function namesIn({ subject }: { readonly subject: string | undefined }): readonly string[] {
  return (subject ?? "").split(/\n| \+ /).filter((text) => text !== "");
}

/** OpenSSL's escaping of multi-line subjects: backslash before special characters, or two hex digits. */
function unescapeValue(text: string): string {
  return text.replace(/\\([0-9A-Fa-f]{2}|.)/g, (_, escaped: string) =>
    escaped.length === 2 ? String.fromCharCode(Number.parseInt(escaped, 16)) : escaped,
  );
}
