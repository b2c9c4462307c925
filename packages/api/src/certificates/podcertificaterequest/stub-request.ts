import type { KeyObject } from "node:crypto";
import { invalid, OMITTED_VALUE, path, tooLong, type FieldError } from "@dingi/apimachinery";
import { readCertificateRequest } from "../certificatesigningrequest/pkcs10.ts";

const MAX_REQUEST = 10 * 1024;
const RSA_SIZES = [3072, 4096];
/** By OpenSSL's names of those that Go knows. */
const CURVES: Readonly<Record<string, string>> = {
  prime256v1: "P-256",
  secp384r1: "P-384",
  secp521r1: "P-521",
  secp224r1: "P-224",
};
const TOO_SMALL = "P-224";
const STUB = path("spec", "stubPKCS10Request");
const NO_REQUEST = "must be a valid PKCS#10 CSR";

/** What the request says is not looked at, only whose key it is. Upstream: pkg/apis/certificates/validation/validation.go#validateStubPKCS10Request */
export function validateStubRequest(encoded: string): FieldError[] {
  const der = Buffer.from(encoded, "base64");
  if (der.length > MAX_REQUEST) return [tooLong(STUB, undefined, MAX_REQUEST)];
  const request = readRequest(der);
  if (!request) return [invalid(STUB, OMITTED_VALUE, NO_REQUEST)];
  const errors = keyErrors(request.publicKey);
  if (errors.length > 0 || request.isSigned) return errors;
  return [invalid(STUB, OMITTED_VALUE, "invalid signature")];
}

interface StubRequest {
  readonly publicKey: KeyObject;
  readonly isSigned: boolean;
}

/** Undefined when it is none. */
function readRequest(der: Buffer): StubRequest | undefined {
  try {
    return readCertificateRequest(der);
  } catch {
    return undefined;
  }
}

export const stubPublicKey = (encoded: string): KeyObject | undefined =>
  readRequest(Buffer.from(encoded, "base64"))?.publicKey;

function keyErrors({ asymmetricKeyType: type, asymmetricKeyDetails: details = {} }: KeyObject): FieldError[] {
  switch (type) {
    case "ed25519":
      return [];
    case "ec":
      return curveErrors(CURVES[details.namedCurve ?? ""]);
    case "rsa": {
      const bits = details.modulusLength ?? 0;
      if (RSA_SIZES.includes(bits)) return [];
      return [invalid(STUB, `${bits}-bit modulus`, "RSA keys must have modulus size 3072 or 4096")];
    }
    default:
      return [invalid(STUB, OMITTED_VALUE, "unknown public key type; supported types are Ed25519, ECDSA, and RSA")];
  }
}

function curveErrors(curve: string | undefined): FieldError[] {
  if (curve === undefined) return [invalid(STUB, OMITTED_VALUE, NO_REQUEST)];
  if (curve !== TOO_SMALL) return [];
  return [invalid(STUB, `curve ${curve}`, "elliptic public keys must use curve P256, P384, or P521")];
}
