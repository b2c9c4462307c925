/** Headers of requests are shorter; reviews of tokens could ask about anything. */
const MAX_LENGTH = 64 * 1024;
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** A JSON Web Signature in its compact form, whose signature nobody has looked at. */
export interface SignedToken {
  readonly algorithm: string;
  readonly keyId: string;
  /** Not to be trusted before the signature is verified. A claim that is said twice is what it is said last. */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** Undefined for anything else: a token is read in one way or not at all. */
export function parseSignedToken(token: string): SignedToken | undefined {
  if (token.length > MAX_LENGTH) return undefined;
  const parts = token.split(".", 4);
  if (parts.length !== 3 || !parts.every((part) => BASE64URL.test(part))) return undefined;
  const [head, payload, signature] = parts as [string, string, string];
  const header = decodeObject(head);
  const claims = decodeObject(payload);
  if (!header || !claims || isExtended(header)) return undefined;
  const { alg, kid = "" } = header;
  if (typeof alg !== "string" || typeof kid !== "string") return undefined;
  return {
    algorithm: alg,
    keyId: kid,
    claims,
    signed: Buffer.from(`${head}.${payload}`),
    signature: Buffer.from(signature, "base64url"),
  };
}

/** What must be understood to read it, and is not understood here. */
const isExtended = (header: object): boolean => Object.hasOwn(header, "crit") || Object.hasOwn(header, "b64");

function decodeObject(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
