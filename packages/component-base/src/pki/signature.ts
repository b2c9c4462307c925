import { sign, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { AlgorithmIdentifier } from "@peculiar/asn1-x509";

interface Algorithm {
  readonly oid: string;
  /** null: the key's own, as with Ed25519. */
  readonly digest: string | null;
  /** RSA's identifier carries an explicit NULL. */
  readonly withNull?: boolean;
}

const ECDSA_SHA256: Algorithm = { oid: "1.2.840.10045.4.3.2", digest: "sha256" };
const ECDSA_SHA384: Algorithm = { oid: "1.2.840.10045.4.3.3", digest: "sha384" };
const ECDSA_SHA512: Algorithm = { oid: "1.2.840.10045.4.3.4", digest: "sha512" };
const RSA_SHA256: Algorithm = { oid: "1.2.840.113549.1.1.11", digest: "sha256", withNull: true };
const RSA_SHA384: Algorithm = { oid: "1.2.840.113549.1.1.12", digest: "sha384", withNull: true };
const RSA_SHA512: Algorithm = { oid: "1.2.840.113549.1.1.13", digest: "sha512", withNull: true };
const ED25519: Algorithm = { oid: "1.3.101.112", digest: null };
const ALL = [ECDSA_SHA256, ECDSA_SHA384, ECDSA_SHA512, RSA_SHA256, RSA_SHA384, RSA_SHA512, ED25519];

const DER_NULL = Uint8Array.of(5, 0).buffer;
const BY_CURVE: Readonly<Record<string, Algorithm>> = {
  prime256v1: ECDSA_SHA256,
  secp384r1: ECDSA_SHA384,
  secp521r1: ECDSA_SHA512,
};

export interface Signer {
  readonly algorithm: AlgorithmIdentifier;
  sign(data: ArrayBuffer): ArrayBuffer;
}

/** Signs with the algorithm that fits the key: ECDSA, RSA or Ed25519. Throws for other keys. */
export function signerFor(key: KeyObject): Signer {
  const { oid, digest, withNull } = algorithmOf(key);
  return {
    algorithm: new AlgorithmIdentifier({ algorithm: oid, ...(withNull && { parameters: DER_NULL }) }),
    sign: (data) => new Uint8Array(sign(digest, Buffer.from(data), key)).buffer,
  };
}

/** Whether the signature is the key's; false also for algorithms that are not known or no longer safe. */
export function isSignedBy(
  key: KeyObject,
  signed: { oid: string; data: ArrayBuffer; signature: ArrayBuffer },
): boolean {
  const algorithm = ALL.find(({ oid }) => oid === signed.oid);
  if (!algorithm) return false;
  return verify(algorithm.digest, Buffer.from(signed.data), key, Buffer.from(signed.signature));
}

function algorithmOf(key: KeyObject): Algorithm {
  if (key.asymmetricKeyType === "rsa") return RSA_SHA256;
  if (key.asymmetricKeyType === "ed25519") return ED25519;
  const byCurve = BY_CURVE[key.asymmetricKeyDetails?.namedCurve ?? ""];
  if (!byCurve) throw new TypeError(`Keys of the type "${key.asymmetricKeyType}" cannot sign certificates`);
  return byCurve;
}
