import type { Random } from "@dingi/base";
import type { CertificateAuthority } from "./certificate-authority.ts";
import type { CertificateRequest } from "./certificate-request.ts";
import type { KeyPair } from "./key-pair.ts";

// The ASN.1 library takes tens of milliseconds to load: only who makes a certificate pays for it.

/** Throws when the certificate and the key do not belong together. */
export async function loadCertificateAuthority(pair: KeyPair, random: Random): Promise<CertificateAuthority> {
  const { CertificateAuthority } = await import("./certificate-authority.ts");
  return new CertificateAuthority(pair, random);
}

/** Reads a PEM `CERTIFICATE REQUEST`. Rejects when it is none; a wrong signature is told by `signatureValid`. */
export async function parseCertificateRequest(pem: string): Promise<CertificateRequest> {
  return (await import("./certificate-request.ts")).parseCertificateRequest(pem);
}
