import { createPublicKey, verify, type KeyObject } from "node:crypto";

/** One element of DER. */
interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** With tag and length. */
  readonly whole: Buffer;
}

const SEQUENCE = 0x30;
const BIT_STRING = 0x03;
const UNKNOWN_ALGORITHM = "x509: cannot verify signature: algorithm unimplemented";

function* readElements(der: Buffer): Generator<Element> {
  let at = 0;
  while (at < der.length) {
    const tag = der[at]!;
    let length = der[at + 1] ?? 0x80;
    let start = at + 2;
    if (length > 0x80) {
      const bytes = length & 0x7f;
      if (bytes > 4 || start + bytes > der.length) throw new Error("asn1: syntax error: data truncated");
      length = der.readUIntBE(start, bytes);
      start += bytes;
    }
    if (start + length > der.length) throw new Error("asn1: syntax error: data truncated");
    yield { tag, content: der.subarray(start, start + length), whole: der.subarray(at, start + length) };
    at = start + length;
  }
}

/** By object identifier, in hex: the hash, or null where the algorithm has its own. */
const HASHES: Readonly<Record<string, string | null>> = {
  "2a864886f70d01010b": "sha256",
  "2a864886f70d01010c": "sha384",
  "2a864886f70d01010d": "sha512",
  "2a8648ce3d040302": "sha256",
  "2a8648ce3d040303": "sha384",
  "2a8648ce3d040304": "sha512",
  "2b6570": null,
};

/**
 * What is wrong with a PEM-encoded PKCS #10 request, or undefined: it has to be well-formed and signed by its own key.
 * Upstream: pkg/apis/certificates/validation/validation.go#validateCSR
 */
export function certificateRequestProblem(pem: string): string | undefined {
  const match = /-----BEGIN CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE REQUEST-----/.exec(pem);
  if (!match) return "PEM block type must be CERTIFICATE REQUEST";
  try {
    return signatureProblem(Buffer.from(match[1]!, "base64"));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function signatureProblem(der: Buffer): string | undefined {
  const { publicKey, isSigned } = readCertificateRequest(der);
  if (isSigned) return undefined;
  return publicKey.asymmetricKeyType === "rsa" ? "crypto/rsa: verification error" : "x509: ECDSA verification failure";
}

/** A request in DER: whose key it is for, and whether its writer has that key. Throws when it is none. */
export function readCertificateRequest(der: Buffer): { readonly publicKey: KeyObject; readonly isSigned: boolean } {
  const [request] = readElements(der);
  const [info, algorithm, signature] = readElements(request?.content ?? Buffer.alloc(0));
  if (info?.tag !== SEQUENCE || algorithm?.tag !== SEQUENCE || signature?.tag !== BIT_STRING) {
    throw new Error("asn1: structure error: tags don't match");
  }
  const publicKey = publicKeyOf(info);
  return { publicKey, isSigned: verify(hashOf(algorithm), info.whole, publicKey, signature.content.subarray(1)) };
}

function publicKeyOf({ content }: Element): KeyObject {
  const [, , spki] = readElements(content);
  if (!spki) throw new Error(UNKNOWN_ALGORITHM);
  return createPublicKey({ key: spki.whole, format: "der", type: "spki" });
}

/** Null where the algorithm has its own. */
function hashOf(algorithm: Element): string | null {
  const [identifier] = readElements(algorithm.content);
  const hash = HASHES[identifier?.content.toHex() ?? ""];
  if (hash === undefined) throw new Error(UNKNOWN_ALGORITHM);
  return hash;
}
