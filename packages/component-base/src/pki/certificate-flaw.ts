import { createPrivateKey, X509Certificate } from "node:crypto";
import { canonicalAddress, describeCertificate } from "./key-pair.ts";
import type { KeyPair } from "./key-pair.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const RENEW_LEAF_BEFORE_MS = 30 * DAY_MS;
export const RENEW_AUTHORITY_BEFORE_MS = 365 * DAY_MS;

interface Expected {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** That which must have signed it. */
  readonly authorityPem: string;
  readonly nowMs: number;
}

/** Why a certificate has to be issued anew; undefined when it serves. Never throws. */
export function flawOf(pair: Partial<KeyPair>, expected: Expected): string | undefined {
  const { certificatePem, keyPem } = pair;
  if (certificatePem === undefined || keyPem === undefined) return "It did not exist";
  try {
    const certificate = new X509Certificate(certificatePem);
    if (!certificate.checkPrivateKey(createPrivateKey(keyPem))) return "Its key was another one's";
    if (!isIssuedBy(certificatePem, expected.authorityPem)) return "The certificate authority had changed";
  } catch {
    return "It could not be read";
  }
  return (
    periodFlaw(certificatePem, { nowMs: expected.nowMs, renewBeforeMs: RENEW_LEAF_BEFORE_MS }) ??
    contentFlaw(certificatePem, expected)
  );
}

/** Whether that authority, by its key, has signed it. Throws when one of them cannot be read. */
export function isIssuedBy(certificatePem: string, authorityPem: string): boolean {
  const authority = new X509Certificate(authorityPem);
  const certificate = new X509Certificate(certificatePem);
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

export function periodFlaw(
  pem: string,
  { nowMs, renewBeforeMs }: { nowMs: number; renewBeforeMs: number },
): string | undefined {
  const { notBefore, notAfter } = describeCertificate(pem);
  if (notBefore > nowMs) return "It was not valid yet";
  return notAfter - nowMs < renewBeforeMs ? "It was about to expire" : undefined;
}

function contentFlaw(pem: string, expected: Expected): string | undefined {
  const { commonName, organizations, dnsNames, ipAddresses } = describeCertificate(pem);
  if (commonName !== expected.commonName || organizations.join() !== expected.organizations.join()) {
    return "Its subject had changed";
  }
  const covered =
    expected.dnsNames.every((name) => dnsNames.includes(name)) &&
    expected.ipAddresses.every((address) => ipAddresses.includes(canonicalAddress(address)));
  return covered ? undefined : "It lacked a name or an address";
}
