import type { AuthorityOptions, CertificateAuthority } from "../certificate-authority.ts";
import type { RequestOptions } from "../certificate-request.ts";

/** Makes a self-signed certificate authority. */
export async function createCertificateAuthority(options: AuthorityOptions): Promise<CertificateAuthority> {
  return (await import("../certificate-authority.ts")).CertificateAuthority.create(options);
}

/** Makes a PEM `CERTIFICATE REQUEST` for a key of one's own. */
export async function createCertificateRequest(options: RequestOptions): Promise<string> {
  return (await import("../certificate-request.ts")).createCertificateRequest(options);
}
