import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";

/** A certificate with its private key, both PEM. */
export interface KeyPair {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface SigningKeys {
  readonly privatePem: string;
  readonly publicPem: string;
}

/** A new ECDSA P-256 key in the form that kubeadm writes. */
export function generateKeys(): SigningKeys {
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "sec1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return { privatePem: privateKey, publicPem: publicKey };
}

/** Throws when it is no private key. */
export function publicPemOf(privatePem: string): string {
  return createPublicKey(createPrivateKey(privatePem)).export({ type: "spki", format: "pem" }).toString();
}

interface CertificateInfo {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  /** Epoch milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Upper-case hexadecimal. */
  readonly serialNumber: string;
}

/** Reads the first certificate of a PEM. Throws when there is none. */
export function describeCertificate(pem: string): CertificateInfo {
  const certificate = new X509Certificate(pem);
  const subject = certificate.toLegacyObject().subject as unknown as Record<string, string | string[] | undefined>;
  const names = certificate.subjectAltName?.split(", ") ?? [];
  const valuesOf = (kind: string) =>
    names.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length));
  return {
    commonName: [subject["CN"] ?? ""].flat()[0]!,
    organizations: [subject["O"] ?? []].flat(),
    dnsNames: valuesOf("DNS:"),
    ipAddresses: valuesOf("IP Address:").map(canonicalAddress),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
    serialNumber: certificate.serialNumber,
  };
}

/** The one spelling of an address that compares equal: OpenSSL writes `0:0:0:0:0:0:0:1`, others `::1`. */
export function canonicalAddress(address: string): string {
  return address.includes(":") ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}
